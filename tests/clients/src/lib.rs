//! Starts the binary on loopback and runs other people's clients against it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test harness"
)]

mod called;
mod secrets;
mod wire;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::Value;
use tempfile::TempDir;
use test_support::missing;

use crate::wire::Wire;

/// The access key of every server's operator.
const ADMIN_KEY: &str = "test";

/// Its secret, of those servers that are watched. The others' is `test`.
const WATCHED_SECRET: &str = "Canary-operator-secret";

/// A server of its own, stopped when dropped.
pub struct Server {
    child: Child,
    /// Where clients find it.
    pub url: String,
    watch: Option<Watch>,
    /// What its scripts are told beside.
    told: Vec<(&'static str, String)>,
}

/// What is looked at when a server has ended.
struct Watch {
    wire: Wire,
    log: PathBuf,
    folders: Vec<PathBuf>,
}

/// The workspace's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The build's folder, in which this program lies, or this test in `deps`.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let folder = program.parent().unwrap();
    if folder.ends_with("deps") { folder.parent().unwrap().to_path_buf() } else { folder.to_path_buf() }
}

/// A program of the workspace, built if it is not there. `cargo xtask test` builds all of them first.
fn program(path: &Path, build: &[&str]) -> PathBuf {
    if !path.exists() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(["build", "--quiet"]).args(build).current_dir(root());
        assert!(command.status().unwrap().success(), "{} must build", path.display());
    }
    path.to_path_buf()
}

/// The server's binary.
pub fn binary() -> PathBuf {
    program(&target().join("cenote"), &["--package", "cenote-server"])
}

/// An example's program.
pub fn example(name: &str) -> PathBuf {
    program(&target().join("examples").join(name), &["--package", "cenote-examples", "--example", name])
}

impl Server {
    /// Starts a server that keeps everything in `data`.
    pub fn start(data: &Path, flags: &[&str]) -> Self {
        let (child, url) = listen(serve(data, ADMIN_KEY).args(flags));
        Self { child, url, watch: None, told: Vec::new() }
    }

    /// The same, but a file that may not grow is an error to it and not its end, so that it can be [limited].
    ///
    /// [limited]: Self::limit_files
    pub fn start_limitable(data: &Path) -> Self {
        let plain = serve(data, ADMIN_KEY);
        let mut shell = Command::new("sh");
        shell.args(["-c", r#"trap "" XFSZ; exec "$0" "$@""#]).arg(plain.get_program()).args(plain.get_args());
        let (child, url) = listen(&mut shell);
        Self { child, url, watch: None, told: Vec::new() }
    }

    /// From now on no file of the server may grow beyond so many bytes; `u64::MAX` lifts the limit.
    pub fn limit_files(&self, bytes: u64) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap());
        // The soft limit only: the hard one could not be raised again without rights.
        let limit = Rlimit { current: (bytes != u64::MAX).then_some(bytes), maximum: None };
        prlimit(pid, Resource::Fsize, limit).unwrap();
    }

    /// The same with a log at the level of traces. When it ends, none of the secrets that clients and it told each other
    /// may stand in its log or in its files.
    pub fn watched(data: &Path, flags: &[&str]) -> Self {
        let wire = Wire::new();
        let log = data.with_extension(format!("{}.log", wire.url().rsplit(':').next().unwrap_or_default()));
        let mut command = serve(data, WATCHED_SECRET);
        command.args(["--public-url", &wire.url()]).args(flags).env("CENOTE_LOG", "trace");
        let (child, url) = listen(command.stderr(std::fs::File::create(&log).unwrap()));
        wire.lead_to(&url);
        let url = wire.url();
        let watch = Some(Watch { wire, log, folders: vec![data.to_path_buf()] });
        Self { child, url, watch, told: Vec::new() }
    }

    /// A watched server's files lie below this folder too.
    #[must_use]
    pub fn with_files_below(mut self, folder: &Path) -> Self {
        let folders = self.watch.iter_mut().map(|watch| &mut watch.folders);
        folders.for_each(|folders| folders.push(folder.to_path_buf()));
        self
    }

    /// Scripts find this in their environment too.
    #[must_use]
    pub fn telling(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.told.push((name, value.into()));
        self
    }

    /// The number of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Ends the process at once. What it had handed to the system stays, as it need not after a power cut.
    pub fn kill(self) {
        drop(self);
    }

    /// The operator's access key and its secret.
    pub fn operator(&self) -> [&'static str; 2] {
        [ADMIN_KEY, if self.watch.is_some() { WATCHED_SECRET } else { ADMIN_KEY }]
    }

    /// Holds what a client that is no script has called by now to what is written of it, as [`steps`] does for scripts.
    pub fn hold_calls(&self, client: &str) {
        called::hold(self.watch.as_ref().map(|watch| watch.wire.conversations()), client);
    }

    /// The environment that the client scripts read.
    fn environment(&self) -> Vec<(&'static str, String)> {
        let own = vec![
            ("TARGET", self.url.clone()),
            ("OUTBOX", format!("{}/_cenote/outbox", self.url)),
            ("IAM_ENDPOINT", self.url.clone()),
            ("AWS_ACCESS_KEY_ID", self.operator()[0].to_owned()),
            ("AWS_SECRET_ACCESS_KEY", self.operator()[1].to_owned()),
            ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
        ];
        own.into_iter().chain(self.told.iter().cloned()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(watch) = self.watch.take().filter(|_| !std::thread::panicking()) {
            watch.look();
        }
    }
}

impl Watch {
    fn look(self) {
        let tapes = self.wire.tapes();
        let mut secrets = secrets::on(&tapes);
        secrets.insert(WATCHED_SECRET.into(), "the operator's secret".to_owned());
        let master_keys = self.folders.iter().filter_map(|folder| std::fs::read(folder.join("master.key")).ok());
        secrets.extend(master_keys.map(|key| (key.trim_ascii().to_vec(), "the master key".to_owned())));
        secrets.extend(secrets::marks_of_private_keys());
        let meant_to = |path: &PathBuf| ["outbox.jsonl", "master.key"].into_iter().any(|name| path.ends_with(name));
        let mut files: Vec<PathBuf> = self.folders.iter().flat_map(|folder| secrets::files_below(folder)).collect();
        files.retain(|path| !meant_to(path));
        files.push(self.log.clone());
        let told = std::fs::read_to_string(&self.log).unwrap_or_default();
        assert!(told.contains("the log is at the level of traces"), "not so in a log of {} bytes", told.len());
        let places = secrets::in_clear(&secrets, &files);
        assert!(secrets.len() >= 5 && files.len() >= 3, "{} secrets, {files:?}", secrets.len());
        println!("{} secrets looked for in {} files", secrets.len(), files.len());
        assert!(places.is_empty(), "secrets in clear:\n{}", places.join("\n"));
        std::fs::remove_file(self.log).unwrap();
    }
}

fn serve(data: &Path, secret: &str) -> Command {
    let mut command = Command::new(binary());
    // What scripts and campaigns do in a second is no attack.
    command.env("CENOTE_REQUEST_LIMITS", "off");
    command.args(["serve", "--listen", "127.0.0.1:0", "--test-api", "--admin-key"]);
    command.arg(format!("{ADMIN_KEY}:{secret}")).arg("--data").arg(data);
    command
}

/// Starts it, and waits for where it listens.
fn listen(command: &mut Command) -> (Child, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let listening =
        lines.map(Result::unwrap).find_map(|line| line.strip_prefix("cenote is listening on ").map(str::to_owned));
    (child, listening.expect("the server says where it listens"))
}

/// A client's language.
#[derive(Clone, Copy, Debug)]
pub enum Language {
    /// Python, from the virtual environment that the test command makes.
    Python,
    /// Node, with the packages that the test command installs.
    Node,
}

/// What `cargo xtask test` installs for the clients lies here.
fn installed() -> PathBuf {
    std::env::var_os("CENOTE_CLIENTS").map_or_else(|| root().join("target/clients"), PathBuf::from)
}

/// Whether something that a test needs is there; if not, that is told of at the end of `cargo xtask test`.
fn have(path: &Path, what: &str, how: &str) -> bool {
    let there = path.exists();
    if !there {
        missing::report(what, how);
    }
    there
}

/// The browser that pages are looked at with, if it is installed.
pub fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let folders = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let folders = folders.unwrap_or_default();
    let found =
        names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|path| path.exists());
    if found.is_none() {
        missing::report("Chromium", "apt-get install chromium");
    }
    found
}

/// The command that runs a script of `language`, if the language's clients are installed.
pub fn interpreter(language: Language) -> Option<Command> {
    let how = "run `cargo xtask clients`";
    let folder = installed();
    match language {
        Language::Python => {
            let python = folder.join("venv/bin/python");
            have(&python, "the Python clients", how).then(|| Command::new(python))
        }
        Language::Node => {
            // Where the system has none, the virtual environment carries one.
            let carried = folder.join("venv/bin/node");
            let node = if carried.exists() { carried } else { PathBuf::from("node") };
            have(&folder.join("node_modules"), "the Node clients", how).then(|| Command::new(node))
        }
    }
}

/// A script of ours, by name.
pub fn our_script(name: &str) -> PathBuf {
    root().join("tests/clients/scripts").join(name)
}

/// A script from the shared folder, by name; `None` where there is no such folder.
pub fn shared_script(name: &str) -> Option<PathBuf> {
    let script = test_support::shared().join("clients").join(name);
    have(&script, &format!("the client script {name}"), "it is of no public package: set CENOTE_SHARED")
        .then_some(script)
}

/// A program beside a server, ended when dropped.
pub struct Beside {
    child: Child,
    /// Where it is found.
    pub url: String,
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The functions of a file of ours behind Lambda's Invoke operation. `None` where Node is not installed.
pub fn functions(file: &str) -> Option<Beside> {
    let mut command = interpreter(Language::Node)?;
    command.arg(our_script("lambda_endpoint.mjs")).arg(our_script(file));
    Some(beside(command, "functions at "))
}

/// Amazon's services as moto imitates them. `None` where Python's clients are not installed.
pub fn moto() -> Option<Beside> {
    let mut command = interpreter(Language::Python)?;
    command.arg(our_script("moto_server.py"));
    Some(beside(command, "moto at "))
}

/// Starts a program, and waits for the line that says where it is.
fn beside(mut command: Command, says: &str) -> Beside {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let url = lines.find_map(|line| line.strip_prefix(says).map(str::to_owned));
    Beside { child, url: url.expect("it says where it is") }
}

/// Runs a script against the server and returns each step's name and state. `None` where its client is not installed.
pub fn steps(server: &Server, language: Language, script: &Path) -> Option<Vec<(String, String)>> {
    let mut command = interpreter(language)?;
    let folder = TempDir::new_in(installed()).unwrap();
    let script_name = script.file_stem().unwrap().to_string_lossy().into_owned();
    // Node looks for packages beside the script: it runs from a copy beside them.
    let script = match language {
        Language::Python => script.to_path_buf(),
        Language::Node => {
            for entry in std::fs::read_dir(script.parent().unwrap()).unwrap() {
                let entry = entry.unwrap();
                if entry.path().extension().is_some_and(|extension| extension == "mjs") {
                    std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
                }
            }
            folder.path().join(script.file_name().unwrap())
        }
    };
    let results = folder.path().join("steps.json");
    let output = command.arg(script).envs(server.environment()).env("OUT", &results).output().unwrap();
    println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    called::hold(server.watch.as_ref().map(|watch| watch.wire.conversations()), &script_name);
    let steps: Value = serde_json::from_slice(&std::fs::read(results).expect("the script says what it did")).unwrap();
    let text = |step: &Value, name: &str| step.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(steps.as_array().unwrap().iter().map(|step| (text(step, "step"), text(step, "state"))).collect())
}

/// The steps that failed, or that the script passed over.
pub fn failed(steps: &[(String, String)]) -> Vec<&str> {
    steps.iter().filter(|(_, state)| state != "ok").map(|(step, _)| step.as_str()).collect()
}
