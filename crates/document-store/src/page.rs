//! Listings come in pages.

/// What part of a listing is asked for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PageRequest {
    /// At most this many items; 0 means the operation's default.
    pub limit: usize,
    /// The token of the page before, or `None` for the first page.
    pub after: Option<String>,
}

/// One part of a listing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page<T> {
    /// The items, in the listing's order.
    pub items: Vec<T>,
    /// Where the next page starts; `None` when this one is the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The same page with each item turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(turn).collect(), next: self.next }
    }
}
