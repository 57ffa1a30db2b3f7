//! MathML that came without its source is written as TeX.

use dom_query::NodeRef;

use crate::dom;

/// How deep formulas are read.
const DEEPEST: usize = 32;

/// Characters with a command of their own.
const COMMANDS: [(char, &str); 90] = [
    ('α', "alpha"),
    ('β', "beta"),
    ('γ', "gamma"),
    ('δ', "delta"),
    ('ϵ', "epsilon"),
    ('ε', "varepsilon"),
    ('ζ', "zeta"),
    ('η', "eta"),
    ('θ', "theta"),
    ('ι', "iota"),
    ('κ', "kappa"),
    ('λ', "lambda"),
    ('μ', "mu"),
    ('ν', "nu"),
    ('ξ', "xi"),
    ('π', "pi"),
    ('ρ', "rho"),
    ('σ', "sigma"),
    ('τ', "tau"),
    ('υ', "upsilon"),
    ('ϕ', "phi"),
    ('φ', "varphi"),
    ('χ', "chi"),
    ('ψ', "psi"),
    ('ω', "omega"),
    ('Γ', "Gamma"),
    ('Δ', "Delta"),
    ('Θ', "Theta"),
    ('Λ', "Lambda"),
    ('Ξ', "Xi"),
    ('Π', "Pi"),
    ('Σ', "Sigma"),
    ('Φ', "Phi"),
    ('Ψ', "Psi"),
    ('Ω', "Omega"),
    ('≤', "le"),
    ('≥', "ge"),
    ('≠', "ne"),
    ('≈', "approx"),
    ('≡', "equiv"),
    ('∼', "sim"),
    ('∝', "propto"),
    ('±', "pm"),
    ('∓', "mp"),
    ('×', "times"),
    ('÷', "div"),
    ('⋅', "cdot"),
    ('·', "cdot"),
    ('∗', "ast"),
    ('∘', "circ"),
    ('∑', "sum"),
    ('∏', "prod"),
    ('∫', "int"),
    ('∬', "iint"),
    ('∮', "oint"),
    ('∂', "partial"),
    ('∇', "nabla"),
    ('∞', "infty"),
    ('∈', "in"),
    ('∉', "notin"),
    ('⊂', "subset"),
    ('⊆', "subseteq"),
    ('∪', "cup"),
    ('∩', "cap"),
    ('∅', "emptyset"),
    ('∀', "forall"),
    ('∃', "exists"),
    ('¬', "neg"),
    ('∧', "wedge"),
    ('∨', "vee"),
    ('→', "to"),
    ('←', "leftarrow"),
    ('↔', "leftrightarrow"),
    ('⇒', "Rightarrow"),
    ('⇔', "Leftrightarrow"),
    ('↦', "mapsto"),
    ('…', "ldots"),
    ('⋯', "cdots"),
    ('⋮', "vdots"),
    ('⋱', "ddots"),
    ('⟨', "langle"),
    ('⟩', "rangle"),
    ('‖', "Vert"),
    ('⊕', "oplus"),
    ('⊗', "otimes"),
    ('ℓ', "ell"),
    ('ℏ', "hbar"),
    ('′', "prime"),
    ('√', "surd"),
    ('⊥', "perp"),
];

/// Names of functions that TeX sets upright.
const FUNCTIONS: [&str; 20] = [
    "sin", "cos", "tan", "cot", "log", "ln", "lg", "exp", "lim", "max", "min", "sup", "inf", "det", "dim", "arg",
    "gcd", "ker", "sinh", "cosh",
];

/// Marks above a letter.
const ACCENTS: [(&str, &str); 10] = [
    ("^", "hat"),
    ("ˆ", "hat"),
    ("~", "tilde"),
    ("˜", "tilde"),
    ("¯", "bar"),
    ("‾", "overline"),
    ("→", "vec"),
    ("˙", "dot"),
    ("¨", "ddot"),
    ("⏞", "overbrace"),
];

/// A formula as TeX.
pub(super) fn tex(math: &NodeRef<'_>) -> String {
    row(&math.children(), 0).trim().to_owned()
}

fn row(nodes: &[NodeRef<'_>], depth: usize) -> String {
    let mut out = String::new();
    for node in nodes {
        let piece = element(node, depth);
        // A command ends before a letter.
        let last_command = out
            .rsplit_once('\\')
            .is_some_and(|(_, word)| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphabetic()));
        if last_command && piece.starts_with(|c: char| c.is_ascii_alphabetic()) {
            out.push(' ');
        }
        out.push_str(&piece);
    }
    out
}

fn element(node: &NodeRef<'_>, depth: usize) -> String {
    if depth > DEEPEST || !node.is_element() {
        return String::new();
    }
    let parts = node.element_children();
    let part = |at: usize| parts.get(at).map(|part| element(part, depth + 1)).unwrap_or_default();
    match dom::name(node).as_str() {
        "mi" => identifier(node),
        "mn" => symbols(node.text().trim()),
        "mo" => operator(node.text().trim()),
        "mtext" | "ms" => text(node.text().trim()),
        "mfrac" => format!("\\frac{{{}}}{{{}}}", part(0), part(1)),
        "msqrt" => format!("\\sqrt{{{}}}", row(&parts, depth + 1)),
        "mroot" => format!("\\sqrt[{}]{{{}}}", part(1), part(0)),
        "msub" => format!("{}_{{{}}}", base(&part(0)), part(1)),
        "msup" => format!("{}^{{{}}}", base(&part(0)), part(1)),
        "msubsup" | "munderover" => format!("{}_{{{}}}^{{{}}}", base(&part(0)), part(1), part(2)),
        "munder" => under(&part(0), &part(1)),
        "mover" => over(node, &parts, &part(0), &part(1)),
        "mtable" => table(node, depth),
        "mfenced" => fenced(node, &parts, depth),
        "mspace" => "\\,".to_owned(),
        "annotation" | "annotation-xml" | "mphantom" | "none" | "mprescripts" => String::new(),
        "mrow" => brackets(&parts, depth).unwrap_or_else(|| row(&parts, depth + 1)),
        // A style, an action, and what is not known.
        _ => row(&parts, depth + 1),
    }
}

/// A piece of text. What has a meaning in TeX stands between pieces, by its name: a backslash inside would be shown.
fn text(text: &str) -> String {
    let mut out = String::from("\\text{");
    for c in text.chars() {
        match c {
            '{' | '}' | '$' | '%' | '#' | '&' | '_' => out.push_str(&format!("}}\\{c}\\text{{")),
            '\\' => out.push_str("}\\backslash\\text{"),
            '^' => out.push_str("}\\wedge\\text{"),
            c => out.push(c),
        }
    }
    out.push('}');
    out.replace("\\text{}", "")
}

/// What an index belongs to is one group.
fn base(tex: &str) -> String {
    let single =
        tex.chars().count() <= 1 || (tex.starts_with('\\') && tex[1..].bytes().all(|b| b.is_ascii_alphabetic()));
    if single { tex.to_owned() } else { format!("{{{tex}}}") }
}

fn identifier(node: &NodeRef<'_>) -> String {
    let text = node.text().trim().to_owned();
    let variant = dom::attribute(node, "mathvariant").unwrap_or_default();
    let styled = match variant.as_str() {
        "bold" | "bold-italic" => Some("mathbf"),
        "double-struck" => Some("mathbb"),
        "script" => Some("mathcal"),
        "fraktur" => Some("mathfrak"),
        _ => None,
    };
    if FUNCTIONS.contains(&text.as_str()) {
        return format!("\\{text} ");
    }
    match styled {
        Some(style) => format!("\\{style}{{{}}}", symbols(&text)),
        None if text.chars().count() > 1 => format!("\\mathrm{{{}}}", symbols(&text)),
        None => symbols(&text),
    }
}

fn operator(text: &str) -> String {
    match text {
        "\u{2061}" | "\u{2062}" | "\u{2063}" | "" => String::new(),
        "{" | "}" | "%" | "#" | "&" | "$" | "_" => format!("\\{text}"),
        "−" => "-".to_owned(),
        _ if FUNCTIONS.contains(&text) => format!("\\{text} "),
        _ => symbols(text),
    }
}

fn symbols(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match COMMANDS.iter().find(|(symbol, _)| *symbol == c) {
            Some((_, command)) => out.push_str(&format!("\\{command} ")),
            None if matches!(c, '{' | '}' | '%' | '#' | '&' | '$' | '_') => out.extend(['\\', c]),
            None if c == '\\' => out.push_str("\\backslash "),
            None => out.push(c),
        }
    }
    out
}

fn under(base: &str, below: &str) -> String {
    let is_limit = ["\\sum", "\\prod", "\\lim", "\\max", "\\min", "\\sup", "\\inf", "\\int"]
        .iter()
        .any(|name| base.starts_with(name));
    if is_limit { format!("{}_{{{below}}}", base.trim_end()) } else { format!("\\underset{{{below}}}{{{base}}}") }
}

fn over(node: &NodeRef<'_>, parts: &[NodeRef<'_>], base: &str, above: &str) -> String {
    let mark = parts.get(1).map(|part| part.text().trim().to_owned()).unwrap_or_default();
    let accent = ACCENTS.iter().find(|(sign, _)| *sign == mark).map(|(_, command)| *command);
    match accent {
        Some("bar") if !node.has_attr("accent") && base.trim().chars().count() > 1 => format!("\\overline{{{base}}}"),
        Some(command) => format!("\\{command}{{{base}}}"),
        None => format!("\\overset{{{above}}}{{{base}}}"),
    }
}

/// A row in brackets, which grow with what they hold.
fn brackets(parts: &[NodeRef<'_>], depth: usize) -> Option<String> {
    let [first, inner @ .., last] = parts else { return None };
    let sign = |part: &NodeRef<'_>| Some(part.text().trim().to_owned()).filter(|_| dom::name(part) == "mo");
    let (open, close) = (sign(first)?, sign(last)?);
    let pair =
        matches!((open.as_str(), close.as_str()), ("(", ")") | ("[", "]") | ("{", "}") | ("|", "|") | ("⟨", "⟩"));
    let tall = inner.iter().any(|part| {
        !dom::all(part, "mfrac, mtable").is_empty() || matches!(dom::name(part).as_str(), "mfrac" | "mtable")
    });
    (pair && tall).then(|| format!("\\left{}{}\\right{}", operator(&open), row(inner, depth + 1), operator(&close)))
}

fn table(node: &NodeRef<'_>, depth: usize) -> String {
    let rows = node.element_children();
    let cells = |line: &NodeRef<'_>| {
        let cells = line.element_children();
        cells.iter().map(|cell| row(&cell.children(), depth + 2).trim().to_owned()).collect::<Vec<_>>().join(" & ")
    };
    let lines: Vec<String> = rows.iter().map(cells).collect();
    format!("\\begin{{matrix}}{}\\end{{matrix}}", lines.join(" \\\\ "))
}

fn fenced(node: &NodeRef<'_>, parts: &[NodeRef<'_>], depth: usize) -> String {
    let sign = |key: &str, usual: &str| node.attr(key).map_or_else(|| usual.to_owned(), |sign| operator(&sign));
    let between = sign("separators", ",");
    let inner: Vec<String> = parts.iter().map(|part| element(part, depth + 1)).collect();
    let fence = |sign: String| if sign.is_empty() { ".".to_owned() } else { sign };
    format!("\\left{}{}\\right{}", fence(sign("open", "(")), inner.join(&between), fence(sign("close", ")")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mathml_reads_back_as_tex() {
        for (math, expected) in [
            ("<mfrac><mn>1</mn><msup><mi>x</mi><mn>2</mn></msup></mfrac>", r"\frac{1}{x^{2}}"),
            ("<msqrt><mi>a</mi><mo>+</mo><mi>β</mi></msqrt><mo>≤</mo><mi>b</mi>", r"\sqrt{a+\beta }\le b"),
            (
                "<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover><msub><mi>a</mi><mi>i</mi></msub>",
                r"{\sum }_{i=1}^{n}a_{i}",
            ),
            ("<mover accent=true><mi>v</mi><mo>→</mo></mover>", r"\vec{v}"),
            ("<mrow><mo>(</mo><mfrac><mi>a</mi><mi>b</mi></mfrac><mo>)</mo></mrow>", r"\left(\frac{a}{b}\right)"),
            ("<mi>sin</mi><mo>&#x2061;</mo><mi>x</mi>", r"\sin x"),
            (
                "<mtable><mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd></mtr></mtable>",
                r"\begin{matrix}a & b\end{matrix}",
            ),
        ] {
            let tree = dom_query::Document::fragment(format!("<math>{math}</math>"));
            let node = dom::first(&tree, "math").expect("a formula");
            let tex = tex(&node);
            assert_eq!(tex, expected);
            assert!(crate::convert::math::check(&tex).is_ok(), "{tex}");
        }
    }
}
