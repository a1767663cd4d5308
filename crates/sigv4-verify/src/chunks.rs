//! Bodies that come in chunks (`Content-Encoding: aws-chunked`), each with a signature that continues the request's.

use identity_kernel::secret::constant_time_eq;
use ring::hmac;

use crate::error::SignatureError;
use crate::payload::{hash, hex};
use crate::rules::Scope;
use crate::trailers::Trailers;
use crate::waiting::Waiting;

/// A chunk larger than this is refused (16 MiB): its bytes are held back until its signature is checked.
pub const LARGEST_CHUNK: usize = 16 * 1024 * 1024;
/// A chunk's first line is refused above so many bytes.
const LONGEST_LINE: usize = 256;
/// A trailer's line is refused above so many bytes.
const LONGEST_TRAILER: usize = 16 * 1024;

/// Reads a chunked body piece by piece and gives only bytes whose signature was checked.
///
/// The work is linear: each byte is copied, looked at and moved a fixed number of times, whatever the sizes of pieces and
/// chunks, and hashed once; each chunk and trailer adds a fixed amount, and takes at least five bytes of its own. Held are
/// at most one chunk of [`LARGEST_CHUNK`], the piece that was fed, and trailers of 16 KiB.
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
    with_trailers: bool,
    waiting: Waiting,
    state: State,
    trailers: Trailers,
}

#[derive(Debug)]
enum State {
    /// A chunk's first line comes.
    Line,
    /// So many bytes of a chunk come, with this signature.
    Data(usize, String),
    /// Trailers come; where they are signed, their signature ends them, and else an empty line.
    Trailers,
    /// The empty line comes that ends the body, and nothing else.
    End,
    Done,
    /// An error was said, and is said again.
    Broken,
}

/// The signatures so far.
pub(crate) struct Chain {
    key: hmac::Key,
    /// Time and scope, as each string to sign has them.
    context: String,
    /// The signature before.
    previous: String,
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

    fn check_trailers(&mut self, trailers: &Trailers, given: &str) -> Result<(), SignatureError> {
        self.check("TRAILER", &hash(trailers.signed_text().as_bytes()), given)
    }
}

impl ChunkedBody {
    /// A body whose chunks are signed if there is a chain, with trailers behind them if `with_trailers`.
    pub(crate) fn new(chain: Option<Chain>, with_trailers: bool) -> Self {
        let (waiting, state, trailers) = (Waiting::default(), State::Line, Trailers::default());
        Self { chain, with_trailers, waiting, state, trailers }
    }

    /// The same body, whose trailers are among those that `x-amz-trailer` names, if it is there.
    pub(crate) fn naming(mut self, named: Option<&str>) -> Self {
        self.trailers = Trailers::naming(named);
        self
    }

    /// Takes bytes as they come over the wire; gives the plain bytes of all chunks that are complete and good by now.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Payload`] if the form is broken or a limit is passed; [`SignatureError::Mismatch`] if a chunk is
    /// not the one that was signed. After an error the body is worth nothing, and every later call fails.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<u8>, SignatureError> {
        self.waiting.push(bytes);
        let mut out = Vec::new();
        loop {
            match self.step(&mut out) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    self.state = State::Broken;
                    return Err(error);
                }
            }
        }
        self.waiting.compact();
        Ok(out)
    }

    /// Ends the body; gives its trailers, names in lower case, each name once. What an unsigned body's trailers say is
    /// vouched for by nobody.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Payload`] if it is not complete.
    pub fn finish(self) -> Result<Vec<(String, String)>, SignatureError> {
        match self.state {
            State::Done => Ok(self.trailers.into_pairs()),
            _ => Err(SignatureError::Payload),
        }
    }

    /// One step, if there is enough for one.
    fn step(&mut self, out: &mut Vec<u8>) -> Result<bool, SignatureError> {
        match &self.state {
            State::Line => {
                let Some(line) = self.line(LONGEST_LINE)? else { return Ok(false) };
                self.state = self.chunk_head(&line)?;
            }
            State::Data(0, signature) => {
                check_chunk(&mut self.chain, &[], signature)?;
                self.state = if self.with_trailers { State::Trailers } else { State::End };
            }
            State::Data(size, signature) => {
                let Some(both) = self.waiting.take(size + 2) else { return Ok(false) };
                let data = both.strip_suffix(b"\r\n").ok_or(SignatureError::Payload)?;
                check_chunk(&mut self.chain, data, signature)?;
                out.extend_from_slice(data);
                self.state = State::Line;
            }
            State::Trailers => {
                let Some(line) = self.line(LONGEST_TRAILER)? else { return Ok(false) };
                self.state = self.trailer_line(&line)?;
            }
            State::End => {
                let Some(line) = self.line(0)? else { return Ok(false) };
                self.state = if line.is_empty() { State::Done } else { return Err(SignatureError::Payload) };
            }
            State::Done => {
                return if self.waiting.is_empty() { Ok(false) } else { Err(SignatureError::Payload) };
            }
            State::Broken => return Err(SignatureError::Payload),
        }
        Ok(true)
    }

    /// A whole line without its end, if there is one.
    fn line(&mut self, longest: usize) -> Result<Option<String>, SignatureError> {
        let Some(line) = self.waiting.take_line() else {
            let whole = self.waiting.len() < longest + 2;
            return if whole { Ok(None) } else { Err(SignatureError::Payload) };
        };
        let line = std::str::from_utf8(line).ok().filter(|line| line.len() <= longest);
        line.map(|line| Some(line.to_owned())).ok_or(SignatureError::Payload)
    }

    /// `size;chunk-signature=hex`, or the size alone where chunks are not signed.
    fn chunk_head(&self, line: &str) -> Result<State, SignatureError> {
        let (size, signature) = match (&self.chain, line.split_once(";chunk-signature=")) {
            (Some(_), Some((size, signature))) => (size, signature),
            (None, None) => (line, ""),
            _ => return Err(SignatureError::Payload),
        };
        let digits = (1..=8).contains(&size.len()) && size.bytes().all(|digit| digit.is_ascii_hexdigit());
        let size = usize::from_str_radix(size, 16).ok().filter(|size| digits && *size <= LARGEST_CHUNK);
        Ok(State::Data(size.ok_or(SignatureError::Payload)?, signature.to_owned()))
    }

    /// The state behind a line of the trailers.
    fn trailer_line(&mut self, line: &str) -> Result<State, SignatureError> {
        match (&mut self.chain, line.split_once(':')) {
            (None, None) if line.is_empty() => Ok(State::Done),
            (Some(chain), Some(("x-amz-trailer-signature", given))) => {
                chain.check_trailers(&self.trailers, given.trim_matches([' ', '\t']))?;
                Ok(State::End)
            }
            (_, Some((name, value))) => self.trailers.push(name, value).map(|()| State::Trailers),
            _ => Err(SignatureError::Payload),
        }
    }
}

fn check_chunk(chain: &mut Option<Chain>, data: &[u8], given: &str) -> Result<(), SignatureError> {
    chain.as_mut().map_or(Ok(()), |chain| chain.check_chunk(data, given))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many steps a body of this wire form takes, fed in pieces of this size.
    fn steps(wire: &[u8], piece: usize) -> usize {
        let mut body = ChunkedBody::new(None, true);
        for piece in wire.chunks(piece) {
            let _ = body.feed(piece);
        }
        body.waiting.steps
    }

    #[test]
    fn the_steps_grow_with_the_bytes_and_not_with_their_square() {
        let wire = |chunks: usize, size: usize| {
            let chunk = [format!("{size:x}\r\n").as_bytes(), &vec![b'x'; size], b"\r\n"].concat();
            [chunk.repeat(chunks).as_slice(), b"0\r\nx-amz-meta-a:", &[b'y'; 8000], b"\r\n\r\n"].concat()
        };
        for (chunks, size) in [(10_000, 1), (1, 60_000), (600, 100)] {
            let wire = wire(chunks, size);
            for piece in [1, 2, 7, 1000, wire.len()] {
                let steps = steps(&wire, piece);
                assert!(steps <= 4 * wire.len(), "{steps} steps for {} bytes by {piece}", wire.len());
            }
        }
    }

    #[test]
    fn a_line_that_never_ends_is_refused_soon() {
        for piece in [1, 300] {
            let wire = vec![b'1'; 300];
            assert!(steps(&wire, piece) <= 3 * wire.len());
        }
    }
}
