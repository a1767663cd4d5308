//! HTML, whose every text that is not written here is escaped.

use std::fmt;

/// A text as it stands in HTML, between tags and in attributes with double quotes.
pub(crate) struct Text<'a>(pub(crate) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => write!(f, "{other}")?,
            }
        }
        Ok(())
    }
}

/// A field that nobody sees.
pub(crate) fn hidden(name: &'static str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", Text(value))
}

/// A field with its label. What is said of it is code of this crate.
pub(crate) fn field(label: &str, name: &str, value: &str, said: &'static str) -> String {
    let (label, name, value) = (Text(label), Text(name), Text(value));
    format!(
        "<label for=\"{name}\">{label}</label>\n<input id=\"{name}\" name=\"{name}\" value=\"{value}\" {said} required>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_brought_along_becomes_markup() {
        assert_eq!(Text("<a href=\"x\">'&'</a>").to_string(), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
    }
}
