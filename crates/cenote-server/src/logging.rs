//! The log: it never holds up a call, never brings one down, and no caller writes lines of their own into it.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write};

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::fmt::{FormatFields, MakeWriter};

use crate::Failure;

/// Writes the log to standard error as `CENOTE_LOG` says, until the guard is dropped.
///
/// A thread of its own writes. While it cannot keep up, lines are left out; where nothing can be written (the disk is full, the
/// reader has gone), nothing is, and the calls go on.
pub(crate) fn begin() -> Result<WorkerGuard, Failure> {
    let filter = filter(std::env::var("CENOTE_LOG").ok().as_deref())?;
    let (writer, guard) = to(std::io::stderr());
    subscriber(filter, writer, std::io::stderr().is_terminal(), |subscriber| {
        tracing::subscriber::set_global_default(subscriber)
    })?;
    Ok(guard)
}

/// So many lines wait for a reader that is slow.
const LINES: usize = 10_000;

fn to(out: impl Write + Send + 'static) -> (NonBlocking, WorkerGuard) {
    NonBlockingBuilder::default().lossy(true).buffered_lines_limit(LINES).thread_name("log").finish(out)
}

/// What `CENOTE_LOG` says: a level, or `target=level` pairs with commas between; `info` if nothing is said.
fn filter(said: Option<&str>) -> Result<EnvFilter, Failure> {
    let said = said.filter(|said| !said.is_empty()).unwrap_or("info");
    let level = |word: &str| word.parse::<LevelFilter>().is_ok();
    let sound = said.split(',').all(|part| level(part.rsplit_once('=').map_or(part, |(_, level)| level).trim()));
    let filter = EnvFilter::builder().parse(said).ok().filter(|_| sound);
    filter.ok_or_else(|| {
        format!("CENOTE_LOG={said}: a level (error, warn, info, debug, trace, off) or target=level,...").into()
    })
}

fn subscriber<W, T>(
    filter: EnvFilter,
    writer: W,
    colours: bool,
    used: impl FnOnce(Box<dyn tracing::Subscriber + Send + Sync>) -> T,
) -> T
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .log_internal_errors(false)
        .fmt_fields(fields())
        .with_writer(writer)
        .finish();
    used(Box::new(subscriber))
}

/// Fields as `name=value`, what is no printable character escaped.
fn fields() -> impl for<'a> FormatFields<'a> + Send + Sync + 'static {
    debug_fn(|writer, field, value| {
        let value = escaped(&format!("{value:?}"));
        if field.name() == "message" { write!(writer, "{value}") } else { write!(writer, "{field}={value}") }
    })
    .delimited(" ")
}

/// A text in which control characters, and those that turn the direction of writing, are escaped.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || turns {
            let _ = write!(out, "{}", character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// A disk that is full, and a reader that has gone.
    struct Broken;

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
    }

    fn logged(out: impl Write + Send + 'static, work: impl FnOnce()) {
        let (writer, guard) = to(out);
        let filter = filter(None).unwrap();
        subscriber(filter, writer, false, |subscriber| tracing::subscriber::with_default(subscriber, work));
        drop(guard);
    }

    #[test]
    fn what_a_caller_wrote_makes_no_line_of_its_own() {
        let sink = Sink::default();

        logged(sink.clone(), || {
            tracing::info!(role = %"a\n2026 INFO forged\r\u{1b}[31m\u{85}\u{202e}", "refused {}", "b\nforged");
        });

        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text:?}");
        assert!(
            text.contains("refused b\\nforged role=a\\n2026 INFO forged\\r\\u{1b}[31m\\u{85}\\u{202e}"),
            "{text:?}"
        );
    }

    #[test]
    fn line_114_a_log_that_cannot_be_written_brings_nothing_down() {
        logged(Broken, || {
            for _ in 0..1000 {
                tracing::info!("a line");
            }
        });
    }

    #[test]
    fn line_114_a_log_whose_reader_has_stopped_holds_nothing_up() {
        struct Stuck(Arc<Mutex<()>>);
        impl Write for Stuck {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                let _until_read = self.0.lock();
                Ok(bytes.len())
            }

            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let gate = Arc::new(Mutex::new(()));
        let reader = gate.lock().unwrap();

        let (writer, guard) = to(Stuck(Arc::clone(&gate)));
        subscriber(filter(None).unwrap(), writer, false, |subscriber| {
            tracing::subscriber::with_default(subscriber, || {
                for _ in 0..2 * LINES {
                    tracing::info!("more lines than are kept for a reader");
                }
            });
        });

        drop(reader);
        drop(guard);
    }

    #[test]
    fn a_level_that_is_none_is_refused_and_named() {
        for sound in ["info", "debug,hyper=warn", "TRACE", "off", ""] {
            assert!(filter(Some(sound)).is_ok(), "{sound}");
        }
        for wrong in ["verbose", "info,hyper=loud", "cognito_http", "="] {
            assert!(filter(Some(wrong)).unwrap_err().to_string().contains("CENOTE_LOG"), "{wrong}");
        }
    }
}
