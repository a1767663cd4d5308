//! Messengers that keep messages instead of sending them.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::{Value, json};
use userpool_core::model::pool::Contact;
use userpool_core::ports::{DeliveryError, Message, Messenger};

/// A message as a row of an outbox: `time`, `pool_id`, `client_id`, `username`, `sub`, `medium`, `destination`,
/// `trigger`, `code`, `subject`, `body`.
pub fn row(message: &Message) -> Value {
    json!({
        "time": message.time.epoch_seconds_f64(),
        "pool_id": message.pool.as_str(),
        "client_id": message.client.as_ref().map(userpool_core::model::ids::ClientId::as_str),
        "username": message.username.as_str(),
        "sub": message.sub.as_str(),
        "medium": match message.medium {
            Contact::Email => "EMAIL",
            Contact::PhoneNumber => "SMS",
        },
        "destination": message.destination,
        "trigger": message.reason.name(),
        "code": message.code.expose(),
        "subject": message.subject,
        "body": message.body.expose(),
    })
}

/// Appends each message to a file as a line of JSON, flushed before the call that sent it is answered.
///
/// The file holds codes in clear, as a mailbox does; it is made readable by its owner alone, also if it was there before. A
/// link is not followed: whoever may write into the folder would choose the file.
pub struct FileOutbox(Arc<Mutex<File>>);

impl FileOutbox {
    /// Opens the file for appending, making it if it is not there.
    ///
    /// # Errors
    ///
    /// Whatever the file system says; a link is an error.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600).custom_flags(libc::O_NOFOLLOW);
        }
        let file = options.open(path)?;
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }
}

#[async_trait]
impl Messenger for FileOutbox {
    async fn send(&self, message: &Message) -> Result<(), DeliveryError> {
        let line = format!("{}\n", row(message));
        let file = Arc::clone(&self.0);
        let write = move || {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.write_all(line.as_bytes()).and_then(|()| file.flush())
        };
        let written = tokio::task::spawn_blocking(write).await.map_err(|error| DeliveryError(error.into()))?;
        written.map_err(|error| DeliveryError(error.into()))
    }

    fn is_prompt(&self) -> bool {
        true
    }
}

impl fmt::Debug for FileOutbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileOutbox(..)")
    }
}

/// Keeps messages in memory: for tests and examples.
#[derive(Default)]
pub struct MemoryOutbox(Mutex<Vec<Message>>);

impl MemoryOutbox {
    /// An empty outbox.
    pub fn new() -> Self {
        Self::default()
    }

    /// The messages to this user so far, the newest last.
    pub fn to(&self, username: &str) -> Vec<Message> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter(|message| message.username.as_str() == username).cloned().collect()
    }

    /// The newest code that was sent to this user.
    pub fn code_for(&self, username: &str) -> Option<String> {
        self.to(username).last().map(|message| message.code.expose().to_owned())
    }

    /// Forgets every message.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[async_trait]
impl Messenger for MemoryOutbox {
    async fn send(&self, message: &Message) -> Result<(), DeliveryError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
        Ok(())
    }

    fn is_prompt(&self) -> bool {
        true
    }
}

impl fmt::Debug for MemoryOutbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryOutbox(..)")
    }
}

#[cfg(test)]
mod messages {
    use identity_kernel::time::Timestamp;
    use userpool_core::ports::MessageReason;

    use super::*;

    fn message(username: &str, code: &str) -> Message {
        Message {
            time: Timestamp::from_epoch_seconds(1_700_000_000),
            pool: "eu-west-1_AbCdEf123".parse().unwrap(),
            client: None,
            username: username.parse().unwrap(),
            sub: "00000000-0000-4000-8000-0000000000ff".parse().unwrap(),
            medium: Contact::PhoneNumber,
            destination: "+491234".to_owned(),
            reason: MessageReason::SignUp,
            code: code.into(),
            subject: "Hello".to_owned(),
            body: "It is here".into(),
        }
    }

    #[tokio::test]
    async fn each_message_is_a_line_of_the_file_with_all_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outbox");
        let outbox = FileOutbox::open(&path).unwrap();
        outbox.send(&message("ada", "123456")).await.unwrap();
        outbox.send(&Message { medium: Contact::Email, ..message("bob", "654321") }).await.unwrap();

        let text = std::fs::read_to_string(&path).unwrap();
        let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();

        let expected = json!({
            "time": 1_700_000_000.0,
            "pool_id": "eu-west-1_AbCdEf123",
            "client_id": null,
            "username": "ada",
            "sub": "00000000-0000-4000-8000-0000000000ff",
            "medium": "SMS",
            "destination": "+491234",
            "trigger": "SignUp",
            "code": "123456",
            "subject": "Hello",
            "body": "It is here",
        });
        assert_eq!(rows.first(), Some(&expected));
        let second = rows.get(1).unwrap();
        assert_eq!((second["medium"].as_str(), second["code"].as_str()), (Some("EMAIL"), Some("654321")));
        assert_eq!(rows.len(), 2);
    }

    #[tokio::test]
    async fn messages_in_memory_are_each_users_own_until_they_are_forgotten() {
        let outbox = MemoryOutbox::new();
        for (username, code) in [("ada", "1"), ("bob", "2"), ("ada", "3")] {
            outbox.send(&message(username, code)).await.unwrap();
        }
        let codes = |username: &str| {
            outbox.to(username).iter().map(|message| message.code.expose().to_owned()).collect::<Vec<_>>()
        };

        assert_eq!((codes("ada"), codes("bob")), (vec!["1".to_owned(), "3".to_owned()], vec!["2".to_owned()]));
        assert_eq!((outbox.code_for("ada").as_deref(), outbox.code_for("eve")), (Some("3"), None));
        outbox.clear();
        assert_eq!(outbox.code_for("ada"), None);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn an_outbox_is_read_by_its_owner_alone_and_is_no_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("outbox"), folder.path().join("link"));
        std::fs::write(&file, "").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
        symlink(&file, &link).unwrap();

        assert!(FileOutbox::open(&link).is_err());
        assert!(FileOutbox::open(&file).is_ok());

        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
