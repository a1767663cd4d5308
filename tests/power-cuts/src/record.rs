//! What `strace` wrote down, read.

use std::collections::HashMap;
use std::path::Path;

/// Something that happened to the files of the watched folder, each by its name there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// A file was made, empty.
    Made(String),
    /// Bytes were written at this offset.
    Written(String, usize, Vec<u8>),
    /// A file was cut or stretched to this length.
    Cut(String, usize),
    /// A file was synced.
    Synced(String),
    /// The folder was synced: which names there are, and of what.
    FolderSynced,
    /// A name was removed.
    Removed(String),
    /// A name was given to another file's contents.
    Renamed(String, String),
    /// The program said that so much is durable.
    Answered(String),
}

/// The system calls that change files or make changes durable. Those that are here and not understood below end the test
/// when they touch the folder: a record with a hole proves nothing.
pub(crate) const CALLS: &str = "openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,fsync,\
     fdatasync,sync_file_range,unlink,unlinkat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,copy_file_range,\
     sendfile,splice,mmap,sync,syncfs,io_submit,io_uring_enter";

/// The events of a record made with `-f -y -xx`: of the files of `folder`, and of the lines written to `answers`.
pub(crate) fn read(record: &str, folder: &Path, answers: &Path) -> Vec<Event> {
    let folder = Folder { path: folder.to_str().unwrap(), answers: answers.to_str().unwrap() };
    let (mut names, mut events) = (Vec::new(), Vec::new());
    for call in calls(record) {
        events.extend(Call::of(&call).map(|call| call.event(&folder, &mut names)).unwrap_or_default());
    }
    events
}

/// Each finished call as one text: what a call of another thread has parted is put together, at the place of its end.
fn calls(record: &str) -> Vec<String> {
    let mut begun: HashMap<&str, &str> = HashMap::new();
    let mut calls = Vec::new();
    for line in record.lines() {
        let (thread, rest) = line.split_once(' ').expect("a line begins with its thread");
        let rest = rest.trim_start();
        if let Some(start) = rest.strip_suffix("<unfinished ...>") {
            begun.insert(thread, start);
        } else if let Some(resumed) = rest.strip_prefix("<... ") {
            let (_, end) = resumed.split_once("resumed>").unwrap();
            calls.push(format!("{}{end}", begun.remove(thread).unwrap()));
        } else if !rest.starts_with(['+', '-']) {
            calls.push(rest.to_owned());
        }
    }
    calls
}

/// A call that did not fail.
struct Call<'a> {
    name: &'a str,
    arguments: Vec<&'a str>,
    gave: &'a str,
}

impl<'a> Call<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (call, gave) = text.rsplit_once(" = ").unwrap_or_else(|| panic!("no call: {text}"));
        let (name, arguments) = call.split_once('(').unwrap();
        let arguments = arguments.trim_end().strip_suffix(')').unwrap();
        let failed = gave.starts_with('-') || gave.starts_with('?');
        (!failed).then(|| Self { name, arguments: arguments.split(", ").map(str::trim).collect(), gave })
    }

    fn event(&self, folder: &Folder<'_>, names: &mut Vec<String>) -> Vec<Event> {
        match self.name {
            "openat" => self.opened(folder, names),
            "write" if folder.is_answers(self.arguments[0]) => {
                vec![Event::Answered(text(self.arguments[1]).trim_end().to_owned())]
            }
            "pwrite64" => folder.open(self.arguments[0]).map(|file| self.written(file)).into_iter().collect(),
            "ftruncate" => {
                folder.open(self.arguments[0]).map(|file| Event::Cut(file, self.number(1))).into_iter().collect()
            }
            "fsync" | "fdatasync" => folder.open(self.arguments[0]).map(synced).into_iter().collect(),
            "unlink" => {
                let removed = folder.named(self.arguments[0]);
                names.retain(|name| Some(name) != removed.as_ref());
                removed.map(Event::Removed).into_iter().collect()
            }
            "rename" => self.renamed(folder, names).into_iter().collect(),
            // What is written there reaches no file.
            "mmap" if self.arguments[3].contains("MAP_PRIVATE") => Vec::new(),
            _ => {
                let touched = self.arguments.iter().any(|argument| folder.is_touched(argument));
                assert!(!touched, "a call that is not understood: {} {:?}", self.name, self.arguments);
                Vec::new()
            }
        }
    }

    fn opened(&self, folder: &Folder<'_>, names: &mut Vec<String>) -> Vec<Event> {
        let Some(opened) = folder.open(self.gave).filter(|opened| !opened.is_empty()) else { return Vec::new() };
        let mut events = Vec::new();
        if self.arguments[2].contains("O_CREAT") && !names.contains(&opened) {
            names.push(opened.clone());
            events.push(Event::Made(opened.clone()));
        }
        if self.arguments[2].contains("O_TRUNC") {
            events.push(Event::Cut(opened, 0));
        }
        events
    }

    fn written(&self, file: String) -> Event {
        let mut written = bytes(self.arguments[1]);
        assert_eq!(written.len(), self.number(2), "the record holds all that was written");
        written.truncate(self.gave.parse().unwrap());
        Event::Written(file, self.number(3), written)
    }

    fn renamed(&self, folder: &Folder<'_>, names: &mut Vec<String>) -> Option<Event> {
        let (from, to) = (folder.named(self.arguments[0])?, folder.named(self.arguments[1])?);
        names.retain(|name| *name != from && *name != to);
        names.push(to.clone());
        Some(Event::Renamed(from, to))
    }

    fn number(&self, at: usize) -> usize {
        self.arguments[at].parse().unwrap()
    }
}

fn synced(file: String) -> Event {
    if file.is_empty() { Event::FolderSynced } else { Event::Synced(file) }
}

/// The watched folder, and the file of answers beside it.
struct Folder<'a> {
    path: &'a str,
    answers: &'a str,
}

impl Folder<'_> {
    /// The name of an open file of the folder, empty for the folder itself. A file that lies under no name any more is none.
    fn open(&self, argument: &str) -> Option<String> {
        if argument.contains("(deleted)") { None } else { self.name(&path_of(argument)) }
    }

    /// The name of a file that is named.
    fn named(&self, argument: &str) -> Option<String> {
        self.name(&text(argument))
    }

    fn name(&self, path: &str) -> Option<String> {
        path.strip_prefix(self.path).map(|rest| rest.trim_start_matches('/').to_owned())
    }

    fn is_answers(&self, argument: &str) -> bool {
        path_of(argument) == self.answers
    }

    /// Whether a file of the folder is meant. What processes share in memory is never read again after a cut.
    fn is_touched(&self, argument: &str) -> bool {
        [self.open(argument), self.named(argument)].into_iter().flatten().any(|name| !name.ends_with("-shm"))
    }
}

/// The path behind a file's number, `5<\x2f...>`; empty if there is none.
fn path_of(argument: &str) -> String {
    let inside = argument.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map(|(path, _)| String::from_utf8(unescape(path)).unwrap()).unwrap_or_default()
}

/// A quoted text.
fn text(argument: &str) -> String {
    String::from_utf8_lossy(&bytes(argument)).into_owned()
}

/// Quoted bytes.
fn bytes(argument: &str) -> Vec<u8> {
    let quoted = argument.split('"').nth(1).unwrap_or_default();
    assert!(!argument.ends_with("..."), "the record was cut short");
    unescape(quoted)
}

/// `\x41\x42`.
fn unescape(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(4)
        .map(|four| u8::from_str_radix(std::str::from_utf8(&four[2..]).unwrap(), 16).unwrap())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `text` as `-xx` writes it.
    fn hex(text: &str) -> String {
        text.bytes().fold(String::new(), |hex, byte| hex + &format!("\\x{byte:02x}"))
    }

    #[test]
    fn a_record_is_read_in_the_order_in_which_calls_ended_and_of_the_folder_alone() {
        let (file, folder, answers) = (hex("/d/a.db"), hex("/d"), hex("/answers"));
        let record = format!(
            "1  openat(AT_FDCWD<{folder}>, \"{file}\", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 3<{file}>\n\
             1  pwrite64(3<{file}>, \"{ab}\", 2, 512 <unfinished ...>\n\
             1  <... pwrite64 resumed>) = 2\n\
             2  fsync(3<{file}> <unfinished ...>\n\
             1  write(4<{other}>, \"{ab}\", 2) = 2\n\
             2  <... fsync resumed>)                  = 0\n\
             1  write(5<{answers}>, \"{seven}\", 2) = 2\n\
             1  fdatasync(6<{folder}>) = 0\n\
             1  unlink(\"{file}\") = 0\n\
             1  unlink(\"{file}\") = -1 ENOENT (No such file or directory)\n\
             1  +++ exited with 0 +++\n",
            ab = hex("ab"),
            other = hex("/elsewhere"),
            seven = hex("7\n"),
        );

        let events = read(&record, Path::new("/d"), Path::new("/answers"));

        let name = || "a.db".to_owned();
        let expected = [
            Event::Made(name()),
            Event::Written(name(), 512, b"ab".to_vec()),
            Event::Synced(name()),
            Event::Answered("7".to_owned()),
            Event::FolderSynced,
            Event::Removed(name()),
        ];
        assert_eq!(events, expected);
    }

    #[test]
    #[should_panic(expected = "not understood")]
    fn a_call_that_is_not_understood_ends_the_test() {
        let record = format!("1  fallocate(3<{}>, 0, 0, 4096) = 0\n", hex("/d/a.db"));

        read(&record, Path::new("/d"), Path::new("/answers"));
    }
}
