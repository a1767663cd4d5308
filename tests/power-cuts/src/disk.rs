//! Files, as far as they are on the disk.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use crate::record::Event;

/// A disk writes so many bytes as one.
const SECTOR: usize = 512;

/// What a cut leaves of what was not synced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Left {
    /// Nothing: what was synced stands alone.
    Nothing,
    /// Everything, as when the program alone ends.
    Everything,
    /// Any of its sectors, chosen by this number.
    Some(u64),
}

/// The files of one folder: what is on the disk, and what the system still has in memory.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    files: HashMap<usize, File>,
    names: BTreeMap<String, usize>,
    synced_names: BTreeMap<String, usize>,
}

#[derive(Clone, Debug, Default)]
struct File {
    synced: Vec<u8>,
    pending: Vec<Pending>,
}

#[derive(Clone, Debug)]
enum Pending {
    Write(usize, Vec<u8>),
    Length(usize),
}

impl Pending {
    fn apply(&self, contents: &mut Vec<u8>) {
        match self {
            Self::Write(at, bytes) => write(contents, *at, bytes),
            Self::Length(length) => contents.resize(*length, 0),
        }
    }

    /// As far as `reaches` says of each sector that it reached the disk.
    fn apply_in_part(&self, contents: &mut Vec<u8>, mut reaches: impl FnMut(usize) -> bool) {
        match self {
            Self::Length(_) if reaches(0) => self.apply(contents),
            Self::Length(_) => {}
            Self::Write(at, bytes) => {
                let (mut from, end) = (*at, at + bytes.len());
                while from < end {
                    let to = end.min((from / SECTOR + 1) * SECTOR);
                    if reaches(from / SECTOR) {
                        write(contents, from, &bytes[from - at..to - at]);
                    }
                    from = to;
                }
            }
        }
    }
}

fn write(contents: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if contents.len() < end {
        contents.resize(end, 0);
    }
    contents[at..end].copy_from_slice(bytes);
}

impl Disk {
    /// What happened next.
    pub fn happens(&mut self, event: &Event) {
        match event {
            Event::Made(name) => {
                let id = self.files.len();
                self.files.insert(id, File::default());
                self.names.insert(name.clone(), id);
            }
            Event::Written(name, at, bytes) => self.change(name, Pending::Write(*at, bytes.clone())),
            Event::Cut(name, length) => self.change(name, Pending::Length(*length)),
            Event::Synced(name) => {
                let file = self.file(name);
                for pending in std::mem::take(&mut file.pending) {
                    pending.apply(&mut file.synced);
                }
            }
            Event::FolderSynced => self.synced_names = self.names.clone(),
            Event::Removed(name) => drop(self.names.remove(name)),
            Event::Renamed(from, to) => {
                let id = self.names.remove(from).expect("a file that is renamed is there");
                self.names.insert(to.clone(), id);
            }
            Event::Answered(_) => {}
        }
    }

    fn change(&mut self, name: &str, pending: Pending) {
        self.file(name).pending.push(pending);
    }

    fn file(&mut self, name: &str) -> &mut File {
        let id = self.names.get(name).unwrap_or_else(|| panic!("{name} was never made"));
        self.files.get_mut(id).unwrap()
    }

    /// Puts into `folder` what a cut at this moment leaves. What processes share in memory (`-shm`) is gone.
    pub fn cut(&self, folder: &Path, left: Left) {
        let names = match left {
            Left::Nothing => &self.synced_names,
            Left::Some(number) if number % 2 == 0 => &self.synced_names,
            Left::Some(_) | Left::Everything => &self.names,
        };
        for (name, id) in names.iter().filter(|(name, _)| !name.ends_with("-shm")) {
            let File { synced, pending } = &self.files[id];
            let mut contents = synced.clone();
            for (at, pending) in pending.iter().enumerate() {
                match left {
                    Left::Nothing => {}
                    Left::Everything => pending.apply(&mut contents),
                    Left::Some(number) => {
                        pending.apply_in_part(&mut contents, |sector| draw(&(number, id, at, sector)) % 2 == 0);
                    }
                }
            }
            std::fs::write(folder.join(name), contents).unwrap();
        }
    }
}

/// A number that is the same whenever the same is asked.
fn draw(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(events: &[Event], left: Left) -> BTreeMap<String, Vec<u8>> {
        let mut disk = Disk::default();
        for event in events {
            disk.happens(event);
        }
        let folder = tempfile::tempdir().unwrap();
        disk.cut(folder.path(), left);
        let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
        files.map(|file| (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap())).collect()
    }

    fn name() -> String {
        "a".to_owned()
    }

    #[test]
    fn a_name_outlives_a_cut_when_its_folder_was_synced_and_contents_when_the_file_was() {
        let made = [Event::Made(name()), Event::Written(name(), 0, b"x".to_vec()), Event::Synced(name())];
        let named = [&made[..], &[Event::FolderSynced, Event::Written(name(), 1, b"y".to_vec())]].concat();
        let removed = [&named[..], &[Event::Removed(name())]].concat();
        let all = |contents: &[u8]| BTreeMap::from([(name(), contents.to_vec())]);

        assert_eq!(left(&made, Left::Nothing), BTreeMap::new());
        assert_eq!(left(&named, Left::Nothing), all(b"x"));
        assert_eq!(left(&named, Left::Everything), all(b"xy"));
        assert_eq!(left(&removed, Left::Nothing), all(b"x"));
        assert_eq!(left(&removed, Left::Everything), BTreeMap::new());
    }

    #[test]
    fn of_what_was_not_synced_any_sectors_may_be_left() {
        let old = [Event::Made(name()), Event::Cut(name(), 4 * SECTOR), Event::Synced(name()), Event::FolderSynced];
        let new = [&old[..], &[Event::Written(name(), 0, vec![1; 4 * SECTOR])]].concat();

        let kept = |number| {
            let contents = left(&new, Left::Some(number)).remove("a").unwrap();
            contents.chunks(SECTOR).filter(|sector| sector.iter().all(|byte| *byte == 1)).count()
        };

        let counts: Vec<usize> = (0..40).map(kept).collect();
        assert!((0..=4).all(|count| counts.contains(&count)), "{counts:?}");
        assert_eq!(counts, (0..40).map(kept).collect::<Vec<_>>());
    }
}
