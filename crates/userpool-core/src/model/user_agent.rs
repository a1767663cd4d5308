//! What a user agent says of itself, in two words: the operating system and the program.

/// Operating systems by what stands in a user agent, the more particular first: an iPhone names macOS too, Android Linux.
const SYSTEMS: [(&str, &str); 15] = [
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("os/ios", "iOS"),
    ("Android", "Android"),
    ("os/android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("os/windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Mac OS X", "macOS"),
    ("os/macos", "macOS"),
    ("os/darwin", "macOS"),
    ("Darwin/", "Apple"),
    ("Linux", "Linux"),
    ("os/linux", "Linux"),
];

/// Browsers, the more particular first: Edge names Chrome too, and Chrome Safari.
const BROWSERS: [(&str, &str); 11] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Safari/", "Safari"),
];

/// The most letters that a program's own name is shown with.
const LONGEST_NAME: usize = 32;

/// The operating system and the program of a user agent, as `macOS, Safari`; one of them alone where the other is not named, and
/// `None` if neither is.
///
/// Whoever calls writes what they like in a user agent: nothing of it is shown but the names above, and the letters, digits,
/// hyphens, dots and underscores that it begins with.
pub fn describe(user_agent: &str) -> Option<String> {
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, name)| (*name).to_owned())
    };
    let parts: Vec<String> =
        [named(&SYSTEMS), named(&BROWSERS).or_else(|| program(user_agent))].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The name that a program gives itself: what stands in front of the first slash.
fn program(user_agent: &str) -> Option<String> {
    let is_sound = |letter: &char| letter.is_ascii_alphanumeric() || "-._".contains(*letter);
    let name: String = user_agent.chars().take_while(is_sound).take(LONGEST_NAME).collect();
    (!name.is_empty() && name != "Mozilla").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_and_program_are_told_by_their_names() {
        for (user_agent, expected) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/17.5 Mobile/15E148 Safari/604.1",
                "iOS, Safari",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 \
                 Safari/537.36 Edg/129.0.0.0",
                "Windows, Edge",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 \
                 Mobile Safari/537.36",
                "Android, Chrome",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Linux, Firefox"),
            ("Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux#6.8 md/arch#x86_64 lang/python#3.12.3", "Linux, Boto3"),
            ("okhttp/4.12.0", "okhttp"),
            ("Mozilla/5.0 (Macintosh)", "macOS"),
        ] {
            assert_eq!(describe(user_agent).as_deref(), Some(expected), "{user_agent}");
        }
    }

    #[test]
    fn what_names_nothing_is_unknown_and_nothing_else_is_repeated() {
        for user_agent in ["", "Mozilla/5.0", "<script>alert(1)</script>", "\u{202e}x", "/"] {
            assert_eq!(describe(user_agent), None, "{user_agent}");
        }
        assert_eq!(describe("app<script>/1 Linux").as_deref(), Some("Linux, app"));
        assert_eq!(describe(&"a".repeat(5000)), Some("a".repeat(32)));
    }
}
