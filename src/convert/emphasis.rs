//! Emphasis in text without spaces between words.
//!
//! CommonMark does not close `**…。**` before a Han letter. Delimiters are therefore [veiled](super::veil) before the markdown
//! is parsed, and [paired](pair) in the tree by the rules of CommonMark with the amendments of the markdown-cjk-friendly
//! specification. What is left over is then mended: converters leave `** text**`, `**text **` and `** **` behind.

use crate::document::{Inline, InlineKind};

use super::clean::is_wide;
use super::links;
use super::marks::hoist;
use super::nodes::text_inline;
use super::veil::{STAR, TILDE, UNDERSCORE, shown, unveil};

/// How deep emphasis nests; what is deeper is plain.
const DEEPEST: usize = 12;

/// How far a run of spaces is looked through.
const NEAR: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Emphasis,
    Strong,
    Strike,
}

/// A run of one delimiter.
struct Run {
    mark: char,
    /// How many are not yet paired.
    left: usize,
    length: usize,
    can_open: bool,
    can_close: bool,
    before: char,
    after: char,
    /// The nearest characters in the same text that are not spaces.
    near: (char, char),
    /// Whether it is the first of its line.
    begins_line: bool,
    line: u32,
    /// What it opens, innermost first.
    opens: Vec<Mark>,
    /// What it closes, innermost first.
    closes: Vec<Mark>,
}

impl Run {
    /// `2 * 3` and `2**3` are arithmetic: the nearest characters on both sides are Latin letters or digits.
    fn is_operator(&self) -> bool {
        (self.before == ' ') == (self.after == ' ')
            && self.near.0.is_ascii_alphanumeric()
            && self.near.1.is_ascii_alphanumeric()
    }

    /// An opening mark with a space on the wrong side, too.
    fn opens_loosely(&self) -> bool {
        (self.before == ' ' || is_opening(self.before)) && self.after == ' '
    }

    /// A closing mark with a space on the wrong side, too.
    fn closes_loosely(&self) -> bool {
        self.before == ' ' && (self.after == ' ' || is_punctuation(self.after))
    }

    /// A star at the start of a line, before its first word, calls attention to a note; it closes nothing.
    fn is_note_mark(&self) -> bool {
        self.begins_line && self.length == 1 && self.after.is_alphanumeric()
    }

    /// Arithmetic that cannot be a converter's spacing: without spaces, or beside a number.
    fn is_surely_operator(&self) -> bool {
        self.is_operator() && (self.before != ' ' || self.near.0.is_ascii_digit() || self.near.1.is_ascii_digit())
    }
}

enum Token {
    Piece(Inline),
    Run(Run),
}

/// Turns the veiled delimiters of one paragraph into emphasis, at every level of it.
pub(super) fn pair(inlines: Vec<Inline>) -> Vec<Inline> {
    if !any_veiled(&inlines) {
        return inlines;
    }
    let mut tokens = tokens(inlines);
    let wide = tokens.iter().any(|token| match token {
        Token::Piece(piece) => has_wide(std::slice::from_ref(piece)),
        Token::Run(_) => false,
    });
    if wide {
        pair_in_turn(&mut tokens);
    }
    pair_by_rule(&mut tokens);
    if is_all_debris(&tokens) {
        return Vec::new();
    }
    mend(&mut tokens, wide);
    build(tokens, wide)
}

fn any_veiled(inlines: &[Inline]) -> bool {
    inlines.iter().any(|inline| match &inline.kind {
        InlineKind::Text(text) => text.contains([STAR, UNDERSCORE, TILDE]),
        other => any_veiled(other.children()),
    })
}

fn has_wide(inlines: &[Inline]) -> bool {
    inlines.iter().any(|inline| match &inline.kind {
        InlineKind::Text(text) => text.chars().any(is_wide),
        other => has_wide(other.children()),
    })
}

/// The character beside a run; what is not text stands as U+FFFC.
fn edge(inline: Option<&Inline>, last: bool) -> char {
    match inline.map(|inline| &inline.kind) {
        None | Some(InlineKind::LineBreak) => ' ',
        Some(InlineKind::Text(text)) => {
            let c = if last { text.chars().next_back() } else { text.chars().next() };
            c.map_or(' ', |c| if c.is_whitespace() { ' ' } else { shown(c) })
        }
        Some(_) => 'x',
    }
}

fn tokens(inlines: Vec<Inline>) -> Vec<Token> {
    let mut tokens = Vec::new();
    let edges: Vec<(char, char)> =
        inlines.iter().map(|inline| (edge(Some(inline), false), edge(Some(inline), true))).collect();
    let mut at_line_start = true;
    for (index, mut inline) in inlines.into_iter().enumerate() {
        let InlineKind::Text(text) = &inline.kind else {
            at_line_start = inline.kind == InlineKind::LineBreak;
            if let Some(children) = inline.kind.children_mut() {
                *children = pair(std::mem::take(children));
            }
            tokens.push(Token::Piece(inline));
            continue;
        };
        let before = index.checked_sub(1).and_then(|i| edges.get(i)).map_or(' ', |edge| edge.1);
        let after = edges.get(index + 1).map_or(' ', |edge| edge.0);
        split_text(text, inline.line, (before, after), at_line_start, &mut tokens);
        at_line_start = text.ends_with('\n');
    }
    tokens
}

fn split_text(text: &str, line: u32, (before, after): (char, char), at_line_start: bool, tokens: &mut Vec<Token>) {
    let mut addresses = links::find(text).into_iter().peekable();
    let mut plain = String::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if let Some(range) = addresses.next_if(|range| range.start == at) {
            plain.push_str(&unveil(&text[at..range.end]));
            at = range.end;
            continue;
        }
        if !matches!(c, STAR | UNDERSCORE | TILDE) {
            plain.push(c);
            at += c.len_utf8();
            continue;
        }
        let length = text[at..].chars().take_while(|next| *next == c).count();
        let end = at + length * c.len_utf8();
        let previous = text[..at].chars().next_back().map_or(before, spaced);
        let next = text[end..].chars().next().map_or(after, spaced);
        if !plain.is_empty() {
            tokens.push(Token::Piece(text_inline(std::mem::take(&mut plain), line)));
        }
        let near = (nearest(text[..at].chars().rev()), nearest(text[end..].chars()));
        let begins_line = text[..at].chars().next_back().map_or(at_line_start, |c| c == '\n');
        tokens.push(Token::Run(Run { near, begins_line, ..run(c, length, previous, next, line) }));
        at = end;
    }
    if !plain.is_empty() {
        tokens.push(Token::Piece(text_inline(plain, line)));
    }
}

/// The first character that is not a space.
fn nearest(chars: impl Iterator<Item = char>) -> char {
    chars.take(NEAR).find(|c| !c.is_whitespace()).map_or(' ', shown)
}

fn spaced(c: char) -> char {
    if c.is_whitespace() { ' ' } else { shown(c) }
}

/// Punctuation in the sense of CommonMark: ASCII punctuation, and Unicode's P and S, as far as it is met in text.
fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(c, '\u{A1}'..='\u{A9}' | '\u{AB}'..='\u{B1}' | '\u{B4}' | '\u{B6}'..='\u{B8}' | '\u{BB}' | '\u{BF}' | '\u{D7}' | '\u{F7}'
            | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205E}' | '\u{20A0}'..='\u{20CF}' | '\u{2190}'..='\u{2BFF}' | '\u{2E00}'..='\u{2E5D}')
}

/// The flanking rules with the amendments for CJK: full-width punctuation counts as a letter, and other punctuation
/// beside a CJK character may flank.
fn run(mark: char, length: usize, before: char, after: char, line: u32) -> Run {
    let narrow_mark = |c: char| is_punctuation(c) && !is_wide(c);
    let left = after != ' ' && (!narrow_mark(after) || before == ' ' || narrow_mark(before) || is_wide(before));
    let right = before != ' ' && (!narrow_mark(before) || after == ' ' || narrow_mark(after) || is_wide(after));
    let digits = length == 1 && before.is_ascii_digit() && after.is_ascii_digit();
    let (can_open, can_close) = match mark {
        STAR => (left && !digits, right && !digits),
        UNDERSCORE => {
            let punctuation = |c: char| is_punctuation(c) || super::clean::is_wide_mark(c);
            (left && (!right || punctuation(before)), right && (!left || punctuation(after)))
        }
        _ => (left && length == 2, right && length == 2),
    };
    Run {
        near: (before, after),
        begins_line: false,
        mark,
        left: length,
        length,
        can_open,
        can_close,
        before,
        after,
        line,
        opens: Vec::new(),
        closes: Vec::new(),
    }
}

/// Bold marks that a converter spaced on the wrong sides: in `是** 甲 **，也是** 乙 **。` the rule would pair the second with the third. Where
/// it leaves some over and their number is even, they pair in turn.
fn pair_in_turn(tokens: &mut [Token]) {
    let mut marks: Vec<&mut Run> = Vec::new();
    for token in tokens {
        match token {
            Token::Run(run) if run.mark == STAR && run.length > 2 => return,
            Token::Run(run) if run.mark == STAR && run.length == 2 && !run.is_operator() => marks.push(run),
            _ => {}
        }
    }
    let (mut open, mut over) = (0_usize, false);
    for run in &marks {
        if run.can_close && open > 0 {
            open -= 1;
        } else if run.can_open {
            open += 1;
        } else {
            over = true;
        }
    }
    if marks.len() < 4 || !marks.len().is_multiple_of(2) || (open == 0 && !over) {
        return;
    }
    for (index, run) in marks.into_iter().enumerate() {
        run.can_open = index.is_multiple_of(2);
        run.can_close = !run.can_open;
    }
}

/// The delimiter algorithm of CommonMark 6.2, with its lower bounds that keep it linear.
fn pair_by_rule(tokens: &mut [Token]) {
    let mut openers: Vec<usize> = Vec::new();
    let mut bottoms = [0_usize; 18];
    for at in 0..tokens.len() {
        let (before, rest) = tokens.split_at_mut(at);
        let Some(Token::Run(closer)) = rest.first_mut() else { continue };
        while closer.can_close && closer.left > 0 {
            let kind = match closer.mark {
                STAR => 0,
                UNDERSCORE => 6,
                _ => 12,
            };
            let slot = kind + usize::from(closer.can_open) * 3 + closer.length % 3;
            let found = (bottoms[slot].min(openers.len())..openers.len())
                .rev()
                .find(|&place| matches!(&before[openers[place]], Token::Run(opener) if matches(opener, closer)));
            let Some(place) = found else {
                bottoms[slot] = openers.len();
                break;
            };
            let Token::Run(opener) = &mut before[openers[place]] else { break };
            let (count, mark) = match closer.mark {
                TILDE => (2, Mark::Strike),
                _ if opener.left >= 2 && closer.left >= 2 => (2, Mark::Strong),
                _ => (1, Mark::Emphasis),
            };
            opener.left -= count;
            closer.left -= count;
            opener.opens.push(mark);
            closer.closes.push(mark);
            openers.truncate(if opener.left > 0 { place + 1 } else { place });
            for bottom in &mut bottoms {
                *bottom = (*bottom).min(openers.len());
            }
        }
        if closer.can_open && closer.left > 0 {
            openers.push(at);
        }
    }
}

fn matches(opener: &Run, closer: &Run) -> bool {
    let sum_of_three = (opener.can_close || closer.can_open)
        && (opener.length + closer.length).is_multiple_of(3)
        && !(opener.length.is_multiple_of(3) && closer.length.is_multiple_of(3));
    opener.mark == closer.mark && (opener.mark == TILDE || !sum_of_three)
}

/// Pairs what is left over at the same level, whatever spaces stand inside.
fn mend(tokens: &mut [Token], wide: bool) {
    // For each level the runs that wait for a partner: of `*` and of `_`.
    let mut levels: Vec<[Option<usize>; 2]> = vec![[None; 2]];
    for at in 0..tokens.len() {
        let (before, rest) = tokens.split_at_mut(at);
        let Some(Token::Run(run)) = rest.first_mut() else { continue };
        for _ in 0..run.closes.len() {
            levels.pop();
        }
        let column = match run.mark {
            STAR => Some(0),
            UNDERSCORE => Some(1),
            _ => None,
        };
        let opens = run.opens.len();
        if let (Some(column), Some(level)) = (column, levels.last_mut())
            && run.left > 0
            && !run.is_surely_operator()
        {
            let partner = match level[column] {
                Some(index) => match &mut before[index] {
                    Token::Run(opener) if !run.is_note_mark() && mendable(opener, run, wide) => Some(opener),
                    _ => None,
                },
                None => None,
            };
            if let Some(opener) = partner {
                let mark = if run.left >= 2 { Mark::Strong } else { Mark::Emphasis };
                opener.left = 0;
                run.left = 0;
                opener.opens.push(mark);
                run.closes.push(mark);
                level[column] = None;
            } else {
                level[column] = Some(at);
            }
        }
        for _ in 0..opens {
            levels.push([None; 2]);
        }
        if levels.is_empty() {
            levels.push([None; 2]);
        }
    }
}

fn mendable(opener: &Run, closer: &Run, wide: bool) -> bool {
    let certain = one_is_loose(opener, closer);
    if (opener.is_operator() || closer.is_operator()) && !certain {
        return false;
    }
    match (opener.left, closer.left) {
        (2.., 2..) => opener.left == closer.left && (opener.mark == STAR || wide),
        (1, 1) if !wide => opener.mark == STAR && opener.length == 1 && closer.length == 1 && certain,
        (1, 1) => {
            wide && (opener.can_open || closer.can_close)
                && opener.length == 1
                && closer.length == 1
                && !opener.before.is_ascii_alphanumeric()
                && !closer.after.is_ascii_alphanumeric()
        }
        _ => false,
    }
}

/// Whether one of two runs stands where it must, and only the other has a space on the wrong side.
fn one_is_loose(opener: &Run, closer: &Run) -> bool {
    let opens = opener.can_open && !opener.before.is_ascii_alphanumeric() && opener.after != ' ';
    let closes = closer.can_close && !closer.after.is_ascii_alphanumeric() && closer.before != ' ';
    (opener.opens_loosely() && closes) || (opens && closer.closes_loosely())
}

fn is_opening(c: char) -> bool {
    matches!(c, '(' | '[' | '{' | '"' | '\'' | '“' | '‘')
}

/// Whether a paragraph is nothing but marks that a converter put around nothing: `**`, `****`, `** **`.
fn is_all_debris(tokens: &[Token]) -> bool {
    tokens.iter().all(|token| match token {
        Token::Piece(piece) => matches!(&piece.kind, InlineKind::Text(text) if text.trim().is_empty()),
        Token::Run(run) => run.mark != TILDE && matches!(run.length, 2 | 4),
    })
}

/// Whether an unpaired run is a converter's debris and not something that the author shows.
fn is_debris(run: &Run, wide: bool) -> bool {
    if run.mark == TILDE || run.is_operator() && run.length < 4 {
        return false;
    }
    let empty_pairs = run.left == run.length && run.length == 4 && !run.before.is_ascii_alphanumeric();
    let lone = run.left == 2
        && wide
        && (run.mark == STAR || !run.after.is_ascii_alphanumeric() && !run.before.is_ascii_alphanumeric());
    empty_pairs || lone || run.left == 2 && run.before == ' ' && run.after == ' ' && wide
}

fn build(tokens: Vec<Token>, wide: bool) -> Vec<Inline> {
    let mut stack: Vec<(Option<Mark>, u32, Vec<Inline>)> = vec![(None, 0, Vec::new())];
    let mut too_deep = 0_usize;
    for token in tokens {
        match token {
            Token::Piece(piece) => push(&mut stack, piece),
            Token::Run(run) => {
                for _ in 0..run.closes.len() {
                    if too_deep > 0 {
                        too_deep -= 1;
                    } else if stack.len() > 1 {
                        close(&mut stack);
                    }
                }
                if run.left > 0 && !is_debris(&run, wide) {
                    push(&mut stack, text_inline(shown(run.mark).to_string().repeat(run.left), run.line));
                }
                for mark in run.opens.iter().rev() {
                    if stack.len() > DEEPEST {
                        too_deep += 1;
                    } else {
                        stack.push((Some(*mark), run.line, Vec::new()));
                    }
                }
            }
        }
    }
    while stack.len() > 1 {
        close(&mut stack);
    }
    stack.pop().map(|(_, _, inlines)| inlines).unwrap_or_default()
}

fn push(stack: &mut [(Option<Mark>, u32, Vec<Inline>)], inline: Inline) {
    if let Some((_, _, inlines)) = stack.last_mut() {
        inlines.push(inline);
    }
}

fn ends_opening(inlines: &[Inline]) -> bool {
    matches!(inlines.last().map(|inline| &inline.kind), Some(InlineKind::Text(text)) if text.ends_with(['(', '[', '“', '‘']))
}

fn close(stack: &mut Vec<(Option<Mark>, u32, Vec<Inline>)>) {
    let Some((Some(mark), line, mut content)) = stack.pop() else { return };
    let blank = content.iter().all(|inline| matches!(&inline.kind, InlineKind::Text(text) if text.trim().is_empty()));
    if blank {
        content.into_iter().for_each(|inline| push(stack, inline));
        return;
    }
    let (before, after) = hoist(&mut content);
    // `(* so*)`: nothing keeps a space after a bracket.
    if !stack.last().is_some_and(|(_, _, inlines)| ends_opening(inlines)) {
        before.into_iter().for_each(|inline| push(stack, inline));
    }
    let kind = match mark {
        Mark::Emphasis => InlineKind::Emphasis(content),
        Mark::Strong => InlineKind::Strong(content),
        Mark::Strike => InlineKind::Strikethrough(content),
    };
    push(stack, Inline { id: crate::document::NodeId::default(), line, kind });
    after.into_iter().for_each(|inline| push(stack, inline));
}
