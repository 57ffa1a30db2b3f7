//! What a character is to the typesetter.
//!
//! The classes follow CLREQ, *Categories and Usage of Punctuation Marks*. Curly quotes, dashes,
//! ellipses and the interpunct share their code points with Latin text: [`resolve`] decides from
//! the letters around them whether they are set full-width, from the Han face.

use crate::book::Language;

/// What a character is to the typesetter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Han ideographs, kana, Hangul, Bopomofo and full-width letters: a box of 1 em.
    Han,
    /// Opening brackets and quotation marks, full-width.
    Opening,
    /// Closing brackets and quotation marks, full-width.
    Closing,
    /// ，、；：
    Pause,
    /// 。．！？
    Stop,
    /// The interpunct between parts of a name: half an em.
    Interpunct,
    /// A full-width dash; two of them are one mark of 2 em.
    Dash,
    /// A full-width ellipsis; two of them are one mark of 2 em.
    Ellipsis,
    /// ～ and the full-width solidus, which tie what stands on their sides.
    Connector,
    /// Other full-width signs: ℃ ％ ￥ and pictographs. No gap beside them.
    Symbol,
    /// Letters and digits that are not full-width.
    Letter,
    /// Punctuation and signs that are not full-width.
    Sign,
    /// White space.
    Space,
    /// A line break that the author meant.
    Break,
    /// A box: a picture or a formula.
    Object,
}

impl Class {
    /// Whether it is set on the Han grid.
    pub(super) fn is_wide(self) -> bool {
        !matches!(self, Self::Letter | Self::Sign | Self::Space | Self::Break | Self::Object)
    }

    /// Whether it is a full-width mark with blank space of its own.
    pub(super) fn is_mark(self) -> bool {
        matches!(self, Self::Opening | Self::Closing | Self::Pause | Self::Stop)
    }
}

/// Whether a character's own width is that of a Han character, whatever stands around it.
fn is_han(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{2FFB}' | '\u{3005}'..='\u{3007}' | '\u{3012}' | '\u{3013}' | '\u{3020}'..='\u{302F}'
        | '\u{3031}'..='\u{303F}' | '\u{3041}'..='\u{30FA}' | '\u{30FC}'..='\u{31EF}' | '\u{31F0}'..='\u{9FFF}'
        | '\u{A000}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}'
        | '\u{FF10}'..='\u{FF19}' | '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' | '\u{FF65}'..='\u{FFDC}'
        | '\u{20000}'..='\u{3FFFD}')
}

/// The class of a character; `wide` says whether one of the shared marks is set full-width.
#[must_use]
pub fn class_of(c: char, wide: bool) -> Class {
    match c {
        // What most text is goes first.
        '\u{4E00}'..='\u{9FFF}' => Class::Han,
        '（' | '［' | '｛' | '〔' | '〈' | '《' | '「' | '『' | '【' | '〖' | '〘' | '〚' | '〝' => {
            Class::Opening
        }
        '）' | '］' | '｝' | '〕' | '〉' | '》' | '」' | '』' | '】' | '〗' | '〙' | '〛' | '〞' | '〟' => {
            Class::Closing
        }
        '“' | '‘' if wide => Class::Opening,
        '”' | '’' if wide => Class::Closing,
        '，' | '、' | '；' | '：' => Class::Pause,
        '。' | '．' | '！' | '？' => Class::Stop,
        '·' | '‧' | '•' if wide => Class::Interpunct,
        '・' => Class::Interpunct,
        '—' | '―' | '⸺' if wide => Class::Dash,
        '…' | '⋯' if wide => Class::Ellipsis,
        '～' | '〜' | '／' => Class::Connector,
        '‼' | '⁇' | '⁈' | '⁉' if wide => Class::Symbol,
        '\u{2028}' => Class::Break,
        '\u{FFFC}' => Class::Object,
        c if c.is_whitespace() => Class::Space,
        c if is_han(c) => Class::Han,
        '℃' | '℉' | '№' | '\u{FF00}'..='\u{FFEF}' | '\u{3000}'..='\u{303F}' => Class::Symbol,
        '\u{2190}'..='\u{21FF}' | '\u{2460}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}' => {
            Class::Symbol
        }
        c if c.is_alphanumeric() => Class::Letter,
        _ => Class::Sign,
    }
}

/// Whether the width of a character depends on what stands around it.
fn is_shared(c: char) -> bool {
    matches!(c, '“' | '”' | '‘' | '’' | '—' | '―' | '…' | '⋯' | '·' | '‧' | '•' | '‼' | '⁇' | '⁈' | '⁉')
}

/// Quotation marks that were never closed are forgotten beyond this depth, so that each mark is dealt with in bounded
/// time.
const DEEPEST_QUOTES: usize = 16;

/// For each character (given with its byte): whether it is set full-width if it is one of the
/// shared marks. Other characters get `false`.
pub(super) fn resolve(chars: &[(usize, char)], language: &Language) -> Vec<bool> {
    let mut wide = vec![false; chars.len()];
    if !chars.iter().any(|&(_, c)| is_shared(c)) {
        return wide;
    }
    let context = Context::new(chars, language);
    let mut open: Vec<(char, usize)> = Vec::new();
    for (index, &(_, c)) in chars.iter().enumerate() {
        match c {
            '“' | '‘' => {
                wide[index] = context.opens_wide(index);
                if open.len() == DEEPEST_QUOTES {
                    open.remove(0);
                }
                open.push((c, index));
            }
            '”' | '’' => {
                let partner = if c == '”' { '“' } else { '‘' };
                match open.iter().rposition(|&(mark, _)| mark == partner) {
                    // A pair is of one width: that of the side which reads as Chinese.
                    Some(depth) if !context.is_apostrophe(index) => {
                        let start = open[depth].1;
                        open.truncate(depth);
                        let both = wide[start] || context.closes_wide(index) || context.holds_han(start, index);
                        wide[start] = both;
                        wide[index] = both;
                    }
                    _ => wide[index] = !context.is_apostrophe(index) && context.closes_wide(index),
                }
            }
            '·' | '‧' | '•' => {
                wide[index] = context.before[index] == Script::Han || context.after[index] == Script::Han;
            }
            c if is_shared(c) => {
                let same = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|&(_, other)| other == c);
                let doubled = same(index.checked_sub(1)) || same(Some(index + 1));
                wide[index] = context.is_wide_sign(index, doubled);
            }
            _ => {}
        }
    }
    wide
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    None,
    Han,
    Latin,
}

/// The letters around each character: the nearest before and after it, marks passed over.
struct Context {
    before: Vec<Script>,
    after: Vec<Script>,
    /// Letters that touch the character.
    touches: Vec<(Script, Script)>,
    /// How many Han letters stand before the character.
    han: Vec<usize>,
    is_han: bool,
}

impl Context {
    fn new(chars: &[(usize, char)], language: &Language) -> Self {
        let script = |c: char| match class_of(c, false) {
            Class::Han | Class::Opening | Class::Closing | Class::Pause | Class::Stop | Class::Connector => Script::Han,
            Class::Letter => Script::Latin,
            _ => Script::None,
        };
        let scripts: Vec<Script> = chars.iter().map(|&(_, c)| script(c)).collect();
        let nearest = |order: &mut dyn Iterator<Item = usize>| {
            let mut out = vec![Script::None; scripts.len()];
            let mut last = Script::None;
            for index in order {
                out[index] = last;
                if scripts[index] != Script::None {
                    last = scripts[index];
                }
            }
            out
        };
        let before = nearest(&mut (0..scripts.len()));
        let after = nearest(&mut (0..scripts.len()).rev());
        let at = |index: Option<usize>| index.and_then(|i| scripts.get(i).copied()).unwrap_or(Script::None);
        let touches = (0..scripts.len()).map(|i| (at(i.checked_sub(1)), at(Some(i + 1)))).collect();
        let mut count = 0;
        let han = scripts
            .iter()
            .map(|&s| {
                let so_far = count;
                count += usize::from(s == Script::Han);
                so_far
            })
            .collect();
        Self { before, after, touches, han, is_han: language.is_han() }
    }

    fn is_apostrophe(&self, index: usize) -> bool {
        self.touches[index] == (Script::Latin, Script::Latin)
    }

    fn opens_wide(&self, index: usize) -> bool {
        match self.before[index] {
            Script::Han => self.is_han || self.after[index] == Script::Han,
            Script::None => self.is_han,
            Script::Latin => self.is_han && self.after[index] == Script::Han,
        }
    }

    fn closes_wide(&self, index: usize) -> bool {
        match self.after[index] {
            Script::Han => self.is_han || self.before[index] == Script::Han,
            Script::None => self.is_han && self.before[index] == Script::Han,
            Script::Latin => self.is_han && self.before[index] == Script::Han,
        }
    }

    fn holds_han(&self, start: usize, end: usize) -> bool {
        self.is_han && self.han[end] > self.han[start]
    }

    /// Dashes and ellipses: full-width unless one stands alone between Latin letters.
    fn is_wide_sign(&self, index: usize, doubled: bool) -> bool {
        let (before, after) = (self.before[index], self.after[index]);
        let latin = before == Script::Latin && after == Script::Latin;
        self.is_han && (doubled || !latin) || (before == Script::Han && after == Script::Han)
    }
}

/// Whether a line must not begin with this character (CLREQ, *Prohibition Rules for Line Start and Line End*).
pub(super) fn forbidden_at_start(c: char, class: Class) -> bool {
    match class {
        Class::Closing | Class::Pause | Class::Stop | Class::Interpunct | Class::Connector => true,
        Class::Symbol => matches!(c, '℃' | '℉' | '％' | '‰' | '°' | '‼' | '⁇' | '⁈' | '⁉'),
        Class::Han if matches!(c, '\u{4E00}'..='\u{9FFF}') => false,
        Class::Han => "々〻ーぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ".contains(c),
        Class::Sign => "!?:;,.)]}%‰’”»›℃°′″·‧".contains(c),
        _ => false,
    }
}

/// Whether a line must not end with this character.
pub(super) fn forbidden_at_end(c: char, class: Class) -> bool {
    match class {
        Class::Opening => true,
        Class::Symbol => matches!(c, '￥' | '＄' | '￡' | '№'),
        Class::Sign => "([{‘“«‹$¥£€#@".contains(c),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(text: &str, language: &Language) -> String {
        let chars: Vec<(usize, char)> = text.char_indices().collect();
        let wide = resolve(&chars, language);
        chars.iter().zip(wide).filter(|((_, c), _)| is_shared(*c)).map(|(_, w)| if w { 'w' } else { 'n' }).collect()
    }

    #[test]
    fn quotes_and_dashes_take_the_width_of_the_text_around_them() {
        let (zh, en) = (Language::chinese(), Language::english());
        assert_eq!(widths("他说“走吧”。", &zh), "ww");
        assert_eq!(widths("训练“AGI”口号", &zh), "ww");
        assert_eq!(widths("“AGI”", &zh), "ww");
        assert_eq!(widths("I don’t say “yes” or “no”.", &en), "nnnnn");
        assert_eq!(widths("他读了 I don’t know 这本书", &zh), "n");
        assert_eq!(widths("the word “文集” means", &en), "nn");
        assert_eq!(widths("变化——生成式", &zh), "ww");
        assert_eq!(widths("1990—2000", &zh), "n");
        assert_eq!(widths("约翰·史密斯", &zh), "w");
        assert_eq!(widths("等等……", &zh), "ww");
        assert_eq!(widths("wait… what", &zh), "n");
        assert_eq!(widths("——", &zh), "ww");
        assert_eq!(widths("OpenAI——Anthropic", &zh), "ww");
        assert_eq!(widths("an aside—or two", &en), "n");
    }
}
