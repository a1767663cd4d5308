//! Prints every operation of the API and whether it is built, from the table that serves them.

fn main() {
    for operation in cognito_http::coverage() {
        let state = if operation.built { "built" } else { "-" };
        println!("{:<17} {:<40} {state}", operation.service, operation.name);
    }
}
