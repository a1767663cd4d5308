use crate::error::SignatureError;
use crate::headers::{is_plain, is_token};

/// Trailers are refused above so many bytes in all, each counted with [`OVERHEAD`].
const LONGEST_TRAILERS: usize = 16 * 1024;
/// What a trailer takes beside its name and value.
const OVERHEAD: usize = 64;

/// The trailers of a chunked body: each name once, at most 16 KiB in all, which is fewer than 256.
#[derive(Debug, Default)]
pub(crate) struct Trailers {
    pairs: Vec<(String, String)>,
    size: usize,
    /// The names that the request said would come, in lower case, if it said so.
    named: Option<Vec<String>>,
}

impl Trailers {
    /// Trailers of these names, as `x-amz-trailer` lists them; of any if there is no such list.
    pub(crate) fn naming(named: Option<&str>) -> Self {
        let names = |list: &str| list.split(',').map(|name| name.trim_ascii().to_ascii_lowercase()).collect();
        Self { named: named.map(names), ..Self::default() }
    }

    /// Takes one more.
    pub(crate) fn push(&mut self, name: &str, value: &str) -> Result<(), SignatureError> {
        let (name, value) = (name.trim_matches([' ', '\t']).to_ascii_lowercase(), value.trim_matches([' ', '\t']));
        self.size += name.len() + value.len() + OVERHEAD;
        let fits = self.size <= LONGEST_TRAILERS;
        let expected = self.named.as_ref().is_none_or(|named| named.contains(&name));
        // The signature of trailers never stands among them: where one is due, it was read before this.
        let free = name != "x-amz-trailer-signature" && !self.pairs.iter().any(|(own, _)| *own == name);
        if !(fits && expected && free && is_token(&name) && is_plain(value.as_bytes())) {
            return Err(SignatureError::Payload);
        }
        self.pairs.push((name, value.to_owned()));
        Ok(())
    }

    /// The lines over which their signature is made.
    pub(crate) fn signed_text(&self) -> String {
        self.pairs.iter().flat_map(|(name, value)| [name, ":", value, "\n"]).collect()
    }

    pub(crate) fn into_pairs(self) -> Vec<(String, String)> {
        self.pairs
    }
}
