//! Bodies that come in chunks (`Content-Encoding: aws-chunked`), each with a signature that continues the request's.

use identity_kernel::secret::constant_time_eq;
use ring::{digest, hmac};

use crate::error::SignatureError;
use crate::signature::{Scope, hex};

/// A chunk larger than this is refused (16 MiB): its bytes are held back until its signature is checked.
pub const LARGEST_CHUNK: usize = 16 * 1024 * 1024;
/// A chunk's first line is refused above so many bytes.
const LONGEST_LINE: usize = 256;
/// Trailers are refused above so many bytes in all.
const LONGEST_TRAILERS: usize = 16 * 1024;

/// Reads a chunked body piece by piece and gives only bytes whose signature was checked.
///
/// ```
/// # fn show(mut body: sigv4_verify::ChunkedBody, pieces: Vec<Vec<u8>>) -> Result<(), sigv4_verify::SignatureError> {
/// let mut plain = Vec::new();
/// for piece in pieces {
///     plain.extend(body.feed(&piece)?);
/// }
/// let trailers = body.finish()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ChunkedBody {
    chain: Option<Chain>,
    trailer: bool,
    waiting: Vec<u8>,
    state: State,
    trailers: Vec<(String, String)>,
}

#[derive(Debug)]
enum State {
    /// A chunk's first line comes.
    Line,
    /// So many bytes of a chunk come, with this signature.
    Data(usize, String),
    /// Trailers come.
    Trailers,
    Done,
}

/// The signatures so far.
pub(crate) struct Chain {
    pub(crate) key: hmac::Key,
    /// Time and scope, as each string to sign has them.
    pub(crate) context: String,
    /// The signature before.
    pub(crate) previous: String,
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chain(..)")
    }
}

impl Chain {
    pub(crate) fn new(key: hmac::Key, time: &str, date: &str, scope: &Scope, seed: &str) -> Self {
        let context = format!("{time}\n{date}/{}/{}/aws4_request", scope.region, scope.service);
        Self { key, context, previous: seed.to_owned() }
    }

    fn check(&mut self, kind: &str, rest: &str, given: &str) -> Result<(), SignatureError> {
        let text = format!("AWS4-HMAC-SHA256-{kind}\n{}\n{}\n{rest}", self.context, self.previous);
        let expected = hex(hmac::sign(&self.key, text.as_bytes()).as_ref());
        if !constant_time_eq(expected.as_bytes(), given.as_bytes()) {
            return Err(SignatureError::Mismatch);
        }
        self.previous = expected;
        Ok(())
    }

    fn check_chunk(&mut self, data: &[u8], given: &str) -> Result<(), SignatureError> {
        self.check("PAYLOAD", &format!("{}\n{}", hash(b""), hash(data)), given)
    }

    fn check_trailers(&mut self, trailers: &[(String, String)], given: &str) -> Result<(), SignatureError> {
        let lines = trailers.iter().flat_map(|(name, value)| [name, ":", value, "\n"]);
        self.check("TRAILER", &hash(lines.collect::<String>().as_bytes()), given)
    }
}

fn hash(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

impl ChunkedBody {
    /// A body whose chunks are signed if there is a chain, with trailers behind them if `trailer`.
    pub(crate) fn new(chain: Option<Chain>, trailer: bool) -> Self {
        Self { chain, trailer, waiting: Vec::new(), state: State::Line, trailers: Vec::new() }
    }

    /// Takes bytes as they come over the wire; gives the plain bytes of all chunks that are complete and good by now.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Payload`] if the form is broken or a limit is passed; [`SignatureError::Mismatch`] if a chunk is
    /// not the one that was signed. After an error the body is worth nothing.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<u8>, SignatureError> {
        self.waiting.extend_from_slice(bytes);
        let mut out = Vec::new();
        while self.step(&mut out)? {}
        Ok(out)
    }

    /// Ends the body; gives its trailers, names in lower case.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Payload`] if it is not complete.
    pub fn finish(self) -> Result<Vec<(String, String)>, SignatureError> {
        match self.state {
            State::Done if self.waiting.is_empty() => Ok(self.trailers),
            _ => Err(SignatureError::Payload),
        }
    }

    /// One step, if there is enough for one.
    fn step(&mut self, out: &mut Vec<u8>) -> Result<bool, SignatureError> {
        match &self.state {
            State::Line => {
                let Some(line) = self.line(LONGEST_LINE)? else { return Ok(false) };
                let (size, signature) = self.chunk_head(&line)?;
                self.state = State::Data(size, signature);
            }
            State::Data(0, signature) => {
                let signature = signature.clone();
                self.check_chunk(&[], &signature)?;
                self.state = State::Trailers;
            }
            State::Data(size, signature) => {
                let (size, signature) = (*size, signature.clone());
                let Some((data, end)) = self.waiting.get(..size + 2).map(|both| both.split_at(size)) else {
                    return Ok(false);
                };
                if end != b"\r\n" {
                    return Err(SignatureError::Payload);
                }
                let data = data.to_vec();
                self.check_chunk(&data, &signature)?;
                self.waiting.drain(..size + 2);
                out.extend(data);
                self.state = State::Line;
            }
            State::Trailers => {
                let Some(line) = self.line(LONGEST_TRAILERS)? else { return Ok(false) };
                self.trailer_line(&line)?;
            }
            State::Done => {
                return if self.waiting.is_empty() { Ok(false) } else { Err(SignatureError::Payload) };
            }
        }
        Ok(true)
    }

    fn check_chunk(&mut self, data: &[u8], given: &str) -> Result<(), SignatureError> {
        self.chain.as_mut().map_or(Ok(()), |chain| chain.check_chunk(data, given))
    }

    /// A whole line without its end, if there is one.
    fn line(&mut self, longest: usize) -> Result<Option<String>, SignatureError> {
        let Some(end) = self.waiting.windows(2).take(longest).position(|pair| pair == b"\r\n") else {
            return if self.waiting.len() > longest { Err(SignatureError::Payload) } else { Ok(None) };
        };
        let line: Vec<u8> = self.waiting.drain(..end + 2).take(end).collect();
        String::from_utf8(line).map(Some).map_err(|_| SignatureError::Payload)
    }

    /// `size;chunk-signature=hex`, or the size alone where chunks are not signed.
    fn chunk_head(&self, line: &str) -> Result<(usize, String), SignatureError> {
        let (size, signature) = match (&self.chain, line.split_once(";chunk-signature=")) {
            (Some(_), Some((size, signature))) => (size, signature),
            (None, None) => (line, ""),
            _ => return Err(SignatureError::Payload),
        };
        let digits = (1..=8).contains(&size.len()) && size.bytes().all(|digit| digit.is_ascii_hexdigit());
        let size = usize::from_str_radix(size, 16).ok().filter(|size| digits && *size <= LARGEST_CHUNK);
        Ok((size.ok_or(SignatureError::Payload)?, signature.to_owned()))
    }

    fn trailer_line(&mut self, line: &str) -> Result<(), SignatureError> {
        let total: usize = self.trailers.iter().map(|(name, value)| name.len() + value.len()).sum();
        let signed = self.trailer && self.chain.is_some();
        match line.split_once(':') {
            None if line.is_empty() && !signed => self.state = State::Done,
            Some(("x-amz-trailer-signature", given)) if signed => {
                let given = given.trim().to_owned();
                if let Some(chain) = &mut self.chain {
                    chain.check_trailers(&self.trailers, &given)?;
                }
                // The empty line that ends the body is still to come, and nothing else.
                self.chain = None;
            }
            Some((name, value)) if self.trailer && total < LONGEST_TRAILERS && (signed || self.chain.is_none()) => {
                self.trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
            _ => return Err(SignatureError::Payload),
        }
        Ok(())
    }
}
