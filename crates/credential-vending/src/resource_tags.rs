use iam_policy::Policy;

/// Whether one of these documents may ask for tags of the resource. JSON can write any letter as `\u…`: then it may.
pub(crate) fn ask_for_resource_tags<'a>(policies: impl IntoIterator<Item = &'a Policy>) -> bool {
    policies.into_iter().any(|policy| {
        let text = policy.json().to_ascii_lowercase();
        text.contains("resourcetag") || text.contains("\\u")
    })
}
