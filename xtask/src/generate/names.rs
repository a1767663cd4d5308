//! The models' names as names in Rust.

/// `CallbackURLs` as `callback_urls`.
fn snake(name: &str) -> String {
    let name =
        name.replace("URLs", "Urls").replace("ARNs", "Arns").replace("OAuth", "Oauth").replace("OpenID", "Openid");
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let starts = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase() || before.is_ascii_digit() || after.is_some_and(|after| after.is_lowercase())
            });
        if starts && !out.ends_with('_') {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

/// A member as a field.
pub(super) fn field(name: &str) -> String {
    let name = snake(name);
    if matches!(name.as_str(), "type" | "match" | "use" | "enum" | "ref") { format!("r#{name}") } else { name }
}

/// A shape or operation as part of a constant's name.
pub(super) fn constant(name: &str) -> String {
    snake(name).to_uppercase()
}

/// A service as a variant of `Service`.
pub(super) fn service_variant(service: &str) -> &'static str {
    match service {
        "cognito-idp" => "UserPools",
        "cognito-identity" => "IdentityPools",
        "sts" => "Sts",
        _ => "Iam",
    }
}

/// A shape's name as a type: first letter upper.
pub(super) fn type_name(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
