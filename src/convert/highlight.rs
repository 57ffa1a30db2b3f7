//! Code is cut into pieces by what they are; colours belong to the style.

use std::sync::OnceLock;

use two_face::re_exports::syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

use crate::document::{CodeClass, CodeSpan};

/// Code longer than this, and lines longer than the next, are left plain: colours are not worth the time.
const LONGEST: usize = 200_000;
const LONGEST_LINE: usize = 4_000;

fn syntaxes() -> &'static SyntaxSet {
    static SYNTAXES: OnceLock<SyntaxSet> = OnceLock::new();
    SYNTAXES.get_or_init(two_face::syntax::extra_newlines)
}

/// What each scope is; the first prefix that matches counts, the innermost scope first.
fn classes() -> &'static [(Scope, CodeClass)] {
    static CLASSES: OnceLock<Vec<(Scope, CodeClass)>> = OnceLock::new();
    CLASSES.get_or_init(|| {
        let table = [
            ("comment", CodeClass::Comment),
            ("punctuation.definition.comment", CodeClass::Comment),
            ("string", CodeClass::String),
            ("punctuation.definition.string", CodeClass::String),
            ("constant.character", CodeClass::String),
            ("constant", CodeClass::Number),
            ("keyword.operator", CodeClass::Operator),
            ("keyword", CodeClass::Keyword),
            ("storage.type.function", CodeClass::Keyword),
            ("storage", CodeClass::Keyword),
            ("entity.name.function", CodeClass::Function),
            ("variable.function", CodeClass::Function),
            ("support.function", CodeClass::Function),
            ("entity.name.tag", CodeClass::Name),
            ("entity.other.attribute-name", CodeClass::Name),
            ("entity.name", CodeClass::Type),
            ("support.type", CodeClass::Type),
            ("support.class", CodeClass::Type),
            ("variable", CodeClass::Name),
            ("punctuation", CodeClass::Operator),
        ];
        table.iter().filter_map(|(scope, class)| Some((Scope::new(scope).ok()?, *class))).collect()
    })
}

/// Cuts code into pieces; joined, they are the code. An unknown language gives one plain piece.
pub(super) fn highlight(code: &str, language: &str) -> Vec<CodeSpan> {
    let plain = || vec![CodeSpan { class: CodeClass::Plain, text: code.to_owned() }];
    if code.len() > LONGEST || code.lines().any(|line| line.len() > LONGEST_LINE) {
        return plain();
    }
    let set = syntaxes();
    let Some(syntax) = set.find_syntax_by_token(language) else { return plain() };
    let mut state = ParseState::new(syntax);
    let mut stack = ScopeStack::new();
    let mut spans: Vec<CodeSpan> = Vec::new();
    for line in code.split_inclusive('\n') {
        let Ok(operations) = state.parse_line(line, set) else { return plain() };
        let mut at = 0;
        for (place, operation) in operations {
            push(&mut spans, class_of(&stack), line.get(at..place).unwrap_or_default());
            at = at.max(place);
            if stack.apply(&operation).is_err() {
                return plain();
            }
        }
        push(&mut spans, class_of(&stack), line.get(at..).unwrap_or_default());
    }
    if spans.is_empty() { plain() } else { spans }
}

fn class_of(stack: &ScopeStack) -> CodeClass {
    let innermost_first = stack.as_slice().iter().rev();
    innermost_first
        .filter_map(|scope| classes().iter().find(|(prefix, _)| prefix.is_prefix_of(*scope)))
        .map(|(_, class)| *class)
        .next()
        .unwrap_or(CodeClass::Plain)
}

fn push(spans: &mut Vec<CodeSpan>, class: CodeClass, text: &str) {
    if text.is_empty() {
        return;
    }
    match spans.last_mut() {
        // White space needs no colour of its own.
        Some(last) if last.class == class || text.trim().is_empty() => last.text.push_str(text),
        _ => spans.push(CodeSpan { class, text: text.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_code_join_to_the_code_and_keywords_are_told() {
        let code = "fn main() {\n    let x = \"字\"; // 注\n}";
        let spans = highlight(code, "rust");
        assert_eq!(spans.iter().map(|span| span.text.as_str()).collect::<String>(), code);
        assert!(spans.iter().any(|span| span.class == CodeClass::Keyword && span.text.trim() == "let"), "{spans:?}");
        assert!(spans.iter().any(|span| span.class == CodeClass::Comment), "{spans:?}");
        assert_eq!(highlight(code, "no-such-language").len(), 1);
    }
}
