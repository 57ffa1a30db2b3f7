//! Text as people and converters leave it, and how it must come out.

use super::Options;
use super::tests::{converted, rendered, xhtml};
use crate::book::Language;

fn in_language(tag: &str, markdown: &str) -> String {
    let options = Options { language: Language::new(tag).expect("a tag"), ..Options::default() };
    rendered(&converted(markdown, &options)).body.trim().to_owned()
}

fn english(markdown: &str) -> String {
    in_language("en", markdown)
}

/// Each markdown is one paragraph of this XHTML.
#[track_caller]
fn paragraphs(convert: &dyn Fn(&str) -> String, cases: &[(&str, &str)]) {
    for (markdown, expected) in cases {
        assert_eq!(convert(markdown).replace("&quot;", "\""), format!("<p>{expected}</p>"), "{markdown}");
    }
}

#[test]
fn no_space_before_a_closing_mark_comes_from_a_wrap_or_a_converter() {
    paragraphs(
        &english,
        &[
            ("a sort of *sigh*\n. Then quiet", "a sort of <em>sigh</em>. Then quiet"),
            ("a *sigh* . Then", "a <em>sigh</em>. Then"),
            ("a *sigh *. Then", "a <em>sigh</em>. Then"),
            ("ships\n, boats\n; and (rafts\n) too", "ships, boats; and (rafts) too"),
            ("ships (\nboats) sail", "ships (boats) sail"),
            ("built on\n.NET and\n:) there", "built on .NET and :) there"),
            ("use .NET or :) and the . operator , twice", "use .NET or :) and the . operator, twice"),
            ("wait\n... and go", "wait … and go"),
            ("run `a . b` now", "run <code>a . b</code> now"),
        ],
    );
    paragraphs(&xhtml, &[("汉字\n. Then", "汉字. Then")]);
    let french = |text: &str| in_language("fr", text);
    paragraphs(&french, &[("Bonjour\n! Quoi ? Rien , non", "Bonjour ! Quoi ? Rien, non")]);
}

#[test]
fn emphasis_with_a_space_on_the_wrong_side_is_mended() {
    assert_eq!(
        english("1. Ask. (*Never mind,* she said. *\n   They look.*)"),
        "<ol>\n<li>Ask. (<em>Never mind,</em> she said. <em>They look.</em>)\n</li>\n</ol>"
    );
    paragraphs(
        &english,
        &[
            ("and * so it* goes", "and <em>so it</em> goes"),
            ("and *so it * goes", "and <em>so it</em> goes"),
            ("and ** so it** goes", "and <strong>so it</strong> goes"),
            ("and **so it ** goes", "and <strong>so it</strong> goes"),
            ("and **so\nit\n** goes", "and <strong>so it</strong> goes"),
            ("(* so it*), [ *so it *]", "(<em>so it</em>), [ <em>so it</em> ]"),
            ("2 * 3 * 4 and 2 *3 * 4", "2 * 3 * 4 and 2 *3 * 4"),
            ("width * height * depth", "width * height * depth"),
            ("a * b *c and a ** b ** c", "a * b *c and a ** b ** c"),
            ("run `a * b*` and c*", "run <code>a * b*</code> and c*"),
        ],
    );
    paragraphs(
        &xhtml,
        &[
            ("他说* 走吧*，然后", "他说<em class=\"dots\">走吧</em>，然后"),
            ("他说 *走吧 *。", "他说<em class=\"dots\">走吧</em>。"),
            ("他说（** 走吧 **）了", "他说（<strong>走吧</strong>）了"),
            ("长 * 宽 * 高，2 * 3 * 4", "长 * 宽 * 高，2 * 3 * 4"),
        ],
    );
    let list = xhtml("- 他说：** 走\n  吧。** 走");
    assert_eq!(list, "<ul>\n<li>他说：<strong>走吧。</strong>走\n</li>\n</ul>");
}

#[test]
fn bold_marks_with_spaces_on_the_wrong_sides_pair_in_turn() {
    paragraphs(
        &xhtml,
        &[
            ("这是** 重点 **，也是** 重点 **。", "这是<strong>重点</strong>，也是<strong>重点</strong>。"),
            ("** 答： **很好，**真的**。", "<strong>答：</strong>很好，<strong>真的</strong>。"),
            ("甲** 乙 **丙**丁**，又** 戊 **。", "甲<strong>乙</strong>丙<strong>丁</strong>，又<strong>戊</strong>。"),
            ("甲**乙**丙 ** 丁 **，戊**己**", "甲<strong>乙</strong>丙<strong>丁</strong>，戊<strong>己</strong>"),
            ("甲**没有尾，乙**丙**，丁", "甲<strong>没有尾，乙</strong>丙，丁"),
        ],
    );
}

#[test]
fn a_star_that_begins_a_line_closes_nothing() {
    assert_eq!(xhtml("*图源：网络\n*本文仅代表个人观点"), "<p>*图源：网络<br/>*本文仅代表个人观点</p>");
    assert_eq!(xhtml("他*走了\n很久*才回来"), "<p>他<em class=\"dots\">走了很久</em>才回来</p>");
}

#[test]
fn a_space_between_han_stays_where_it_parts_words() {
    for (markdown, expected) in [
        ("## 第一章 春天", ">第一章 春天</h2>"),
        ("## 序 山 中", ">序 山 中</h2>"),
        ("上海 北京 广州 深圳", "<p>上海 北京 广州 深圳</p>"),
        ("- 编剧 张三 导演 李四", "编剧 张三 导演 李四"),
        ("> 春眠不觉晓 处处闻啼鸟", "<p>春眠不觉晓 处处闻啼鸟</p>"),
        ("| 张三 李四 | 王 五 |\n|--|--|\n| 甲，乙 丙 | 2 |", ">张三 李四</th>"),
        ("| 张三 李四 | 王 五 |\n|--|--|\n| 甲，乙 丙 | 2 |", "<td>甲，乙 丙</td>"),
        ("船到过上海 北京 广州，又回来了。", "船到过上海 北京 广州，又回来了。"),
        ("船到 江心，雾就 散了。", "船到江心，雾就散了。"),
        ("今 天 的 雾 很 大", "今天的雾很大"),
        ("前文 **重点** 后文", "前文<strong>重点</strong>后文"),
    ] {
        assert!(xhtml(markdown).contains(expected), "{}", xhtml(markdown));
    }
}

#[test]
fn a_reference_keeps_its_half_width_marks() {
    let entry = "[1] 张三, 李四. 论渡口的雾[J]. 江河学报, 2020, 12(3): 45-50.";
    let online = "[2] 王五. 船的历史[EB/OL]. (2021-03-04)[2022-05-06]. https://example.org/boats.";
    assert_eq!(xhtml(entry), format!("<p>{entry}</p>"));
    assert!(xhtml(online).contains("王五. 船的历史[EB/OL]. (2021-03-04)[2022-05-06]. "), "{}", xhtml(online));
    assert_eq!(xhtml("按[M]键, 再来"), "<p>按[M]键，再来</p>");
}

#[test]
fn emphasis_is_that_of_the_cjk_friendly_specification() {
    paragraphs(
        &xhtml,
        &[
            ("**“引号”**后", "<strong>“引号”</strong>后"),
            ("前**“引号”**后", "前<strong>“引号”</strong>后"),
            ("前**（括号）**后", "前<strong>（括号）</strong>后"),
            ("前**「括号」**后", "前<strong>「括号」</strong>后"),
            ("中**文**中", "中<strong>文</strong>中"),
            ("中*文*中", "中<em class=\"dots\">文</em>中"),
            ("**a。**b", "<strong>a。</strong>b"),
            ("**粗体**。然后", "<strong>粗体</strong>。然后"),
            ("前***又粗又斜。***后", "前<em><strong>又粗又斜。</strong></em>后"),
            ("**外*内。*外。**后", "<strong>外<em>内。</em>外。</strong>后"),
            ("**[链接](https://example.org/)**后", "<strong><a href=\"https://example.org/\">链接</a></strong>后"),
            ("**`码`**后", "<strong><code>码</code></strong>后"),
            ("他~~说（不）~~了", "他<del>说（不）</del>了"),
            ("他~~“说”~~。", "他<del>“说”</del>。"),
            ("__粗体。__ 后", "<strong>粗体。</strong>后"),
            ("前**没有尾", "前没有尾"),
            ("数**10%**的", "数<strong>10%</strong>的"),
            ("**1. 标题：**正文", "<strong>1. 标题：</strong>正文"),
            ("转义\\*不斜\\*后", "转义*不斜*后"),
        ],
    );
}

#[test]
fn latin_text_gets_the_marks_of_a_typographer() {
    paragraphs(
        &english,
        &[
            ("\"You're *late*,\" she said.", "“You’re <em>late</em>,” she said."),
            ("He said, \"'No,' was it?\"", "He said, “‘No,’ was it?”"),
            ("(\"so\") the \"*so*\" 'tis the '90s", "(“so”) the “<em>so</em>” ’tis the ’90s"),
            ("the dogs' 'own' way, rock 'n' roll in 1990's", "the dogs’ ‘own’ way, rock ’n’ roll in 1990’s"),
            ("it --- or this--that -- was 10--12", "it — or this—that — was 10–12"),
            ("\"Wait--\" and so...", "“Wait—” and so…"),
            ("a 6\" pipe, 5'10\" tall, use --all", "a 6\" pipe, 5'10\" tall, use --all"),
            ("or i-- and x --> y", "or i-- and x --&gt; y"),
            ("call f('x') or a=\"b c\" here", "call f('x') or a=\"b c\" here"),
            ("code `\"x\" -- 'y'...` stays", "code <code>\"x\" -- 'y'...</code> stays"),
            ("the word \"道\" is old", "the word “道” is old"),
            ("the path ../x and a/.../b", "the path ../x and a/.../b"),
            ("well - no, ok (yes), a.b", "well - no, ok (yes), a.b"),
        ],
    );
    let german = |text: &str| in_language("de", text);
    paragraphs(&german, &[("Er sagte \"ja\" und ging", "Er sagte „ja“ und ging")]);
    let link = english("[it's](https://example.org/a--b 'a \"t\"') https://example.org/x--y's");
    assert!(link.contains("https://example.org/a--b\"") && link.contains("x--y's</a>"), "{link}");
    assert!(link.contains("it’s"), "{link}");
}

#[test]
fn latin_marks_stay_in_chinese_articles_and_when_it_is_off() {
    let plain = "The crew said \"go\" -- and it's gone (now)...";
    let shown = plain.replace('"', "&quot;");
    assert!(xhtml(plain).ends_with(&format!(">{shown}</p>")), "{}", xhtml(plain));
    let off = Options { language: Language::english(), punctuation: false, ..Options::default() };
    assert_eq!(rendered(&converted(plain, &off)).body.trim(), format!("<p>{shown}</p>"));
}

#[test]
fn replaced_marks_are_told_once_for_each_kind() {
    let options = Options { language: Language::english(), ..Options::default() };
    let result = converted("it's\n\nit's\n\n\"yes\"", &options);
    let told: Vec<&str> = result.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("2 times") && told[0].contains("lines 1, 3"), "{told:?}");
}

#[test]
fn a_minus_or_the_mark_of_a_list_is_no_dash() {
    paragraphs(
        &xhtml,
        &[
            ("最冷的那天是 - 12 度", "最冷的那天是 - 12 度"),
            ("价格 - 5 元", "价格 - 5 元"),
            ("他走了 - 2003 年的事", "他走了——2003 年的事"),
            ("他走了 - 没有回头", "他走了——没有回头"),
            ("他走了 -- 没有回头", "他走了——没有回头"),
        ],
    );
}

#[test]
fn half_width_stops_of_chinese_text_become_full_width_and_those_of_tokens_stay() {
    paragraphs(
        &xhtml,
        &[
            ("他说: \"好\", 就走了; 我呢? 留下!", "他说：“好”，就走了；我呢？留下！"),
            ("江上有雾. 船没有来.", "江上有雾。船没有来。"),
            ("他写 Python,我写 `Go`,都行", "他写 Python，我写 <code>Go</code>，都行"),
            ("水深 3.5 米,价 3,000 元,比例 1:3", "水深 3.5 米，价 3,000 元，比例 1:3"),
            ("时间:10:30 至 11:45,版本:3.5", "时间：10:30 至 11:45，版本：3.5"),
            ("卡洛斯.冈萨雷斯来了", "卡洛斯.冈萨雷斯来了"),
            ("一. 总则", "一. 总则"),
            ("输入 :wq 退出,样式写 !important 就行", "输入 :wq 退出，样式写 !important 就行"),
            ("好:) 见 docs/说明?x=1 与 a:b", "好:) 见 docs/说明?x=1 与 a:b"),
            ("名目 : 甲 ; 乙", "名目：甲；乙"),
            ("Wait, what? (Yes.)", "Wait, what? (Yes.)"),
            ("写信到 a@example.org ,或者打电话", "写信到 a@example.org，或者打电话"),
            ("会 C, C++, 和 Go 的人", "会 C, C++, 和 Go 的人"),
        ],
    );
}

#[test]
fn a_text_with_many_latin_words_is_still_chinese() {
    paragraphs(
        &xhtml,
        &[
            (
                "论文 \"Boats and Fog on Rivers\" (2017) 提出 \"Ferry\" 架构",
                "论文“Boats and Fog on Rivers”（2017）提出“Ferry”架构",
            ),
            ("The word \"道\" is old and the old word stays", "The word \"道\" is old and the old word stays"),
        ],
    );
}

#[test]
fn japanese_and_korean_keep_their_marks_and_spaces() {
    let japanese = |text: &str| in_language("ja", text);
    paragraphs(
        &japanese,
        &[
            ("これは\"舟\"です (川の舟) . 東 - 西...", "これは\"舟\"です (川の舟) . 東 - 西..."),
            ("東京 大阪", "東京 大阪"),
            ("すごい！ 次は 「川」 へ", "すごい！ 次は「川」へ"),
        ],
    );
    let korean = |text: &str| in_language("ko", text);
    paragraphs(&korean, &[("大韓 民國 (서울) - \"首都\"...", "大韓 民國 (서울) - \"首都\"...")]);
    let quoted = xhtml("他引了一句。\n\nこれは\"舟\"です...");
    assert!(quoted.contains("これは&quot;舟&quot;です..."), "{quoted}");
}

#[test]
fn traditional_text_has_its_own_quotation_marks() {
    let taiwan = |text: &str| in_language("zh-TW", text);
    paragraphs(&taiwan, &[("她說 \"沒有'船'\"...", "她說「沒有『船』」……")]);
    let mainland = |text: &str| in_language("zh-Hans-CN", text);
    paragraphs(&mainland, &[("她說 \"沒有\"", "她說“沒有”")]);
}

#[test]
fn a_full_width_mark_has_no_space_beside_it_whatever_stands_there() {
    paragraphs(
        &xhtml,
        &[
            ("对待 AI ——之间", "对待 AI——之间"),
            ("等等…… Latin 之后，API —— 再来", "等等……Latin 之后，API——再来"),
            ("API “引号” Rust", "API“引号”Rust"),
            ("“真的！” “真的！”", "“真的！”“真的！”"),
            ("一句 Say “hello” world 完", "一句 Say “hello” world 完"),
        ],
    );
}

#[test]
fn what_came_as_an_entity_or_out_of_nothing_goes() {
    paragraphs(&xhtml, &[("江水&#8203;涨&zwj;了", "江水涨了")]);
    assert_eq!(xhtml("一\n\n**\n\n** **\n\n二"), "<p>一</p>\n<p>二</p>");
}

#[test]
fn two_breaks_or_one_before_an_indent_end_a_paragraph() {
    assert_eq!(xhtml("一<br><br>二<br/>　　三<br>四"), "<p>一</p>\n<p>二</p>\n<p>三<br/>四</p>");
    assert_eq!(xhtml("一\\\n\\\n二"), "<p>一</p>\n<p>二</p>");
}

#[test]
fn a_player_or_frame_becomes_a_link_that_says_what_it_is() {
    let cases = [
        (
            "<iframe src=\"//player.bilibili.com/p.html?bvid=1\" title=\"慢镜头\"></iframe>",
            "<p><a href=\"https://player.bilibili.com/p.html?bvid=1\">［视频：慢镜头］</a></p>",
        ),
        (
            "前<iframe src=\"https://example.org/map\">旧</iframe>后",
            "<p>前</p>\n<p><a href=\"https://example.org/map\">［嵌入内容：https://example.org/map］</a></p>\n<p>后</p>",
        ),
        (
            "<audio controls><source src=\"https://example.org/a.mp3\">您的浏览器不支持。</audio>",
            "<p><a href=\"https://example.org/a.mp3\">［音频：https://example.org/a.mp3］</a></p>",
        ),
        (
            "<object data=\"https://example.org/a.mp4\" type=\"video/mp4\">旧</object>",
            "<p><a href=\"https://example.org/a.mp4\">［视频：https://example.org/a.mp4］</a></p>",
        ),
        (
            "<object><embed src=\"https://example.org/b\" title=\"图\"></object>\n\n后",
            "<p><a href=\"https://example.org/b\">［嵌入内容：图］</a></p>\n<p>后</p>",
        ),
        ("<video src=\"clips/a.mp4\"></video>", "<p>［视频：clips/a.mp4］</p>"),
        ("<iframe src=\"javascript:x()\"></iframe>后", "<p>后</p>"),
        ("<iframe src=\"https://t.example/\" width=\"0\" height=\"0\"></iframe>后", "<p>后</p>"),
        ("<iframe src=\"https://t.example/\" style=\"display: none\"></iframe>后", "<p>后</p>"),
    ];
    for (markdown, expected) in cases {
        assert_eq!(xhtml(markdown), expected, "{markdown}");
    }
    let poster = xhtml("<video src=\"https://example.org/a.mp4\" poster=\"p.jpg\" title=\"慢\"></video>");
    assert!(poster.starts_with("<figure>") && poster.contains("p.jpg"), "{poster}");
    assert!(poster.contains("<figcaption><a href=\"https://example.org/a.mp4\">［视频：慢］</a>"), "{poster}");
    let out = english("<video src=\"https://example.org/a.mp4\" title=\"Slow\"></video>");
    assert_eq!(out, "<p><a href=\"https://example.org/a.mp4\">[Video: Slow]</a></p>");
    let unclosed = xhtml("<video src=\"https://example.org/a.mp4\">\n没有关上的文字。");
    assert!(unclosed.contains("没有关上的文字。"), "{unclosed}");
}

#[test]
fn a_wrap_between_han_and_latin_follows_the_habit_of_the_article() {
    let spaced = "他用 Rust 写了 3 个程序，又用 Python 写了 5 个，后来 Go 也学了 2 年。\n\n他在\nParis 住过";
    assert!(xhtml(spaced).contains("他在 Paris 住过"), "{}", xhtml(spaced));
    for (wrapped, joined) in [
        ("约 20%\n的水", "约 20% 的水"),
        ("用 C++\n写", "用 C++ 写"),
        ("放在\n./boats 里", "放在 ./boats 里"),
        ("运行\n`ls`\n就行", "运行 <code>ls</code> 就行"),
        ("运行\n--all 就行", "运行 --all 就行"),
    ] {
        let text = xhtml(&format!("{spaced}\n\n{wrapped}"));
        assert!(text.contains(joined), "{text}");
    }
    let tight = "他用Rust写了3个程序，又用Python写了5个，后来Go也学了2年。\n\n他在\nParis 住过";
    assert!(xhtml(tight).contains("他在Paris 住过"), "{}", xhtml(tight));
}

#[test]
fn what_the_wild_leaves_in_text_is_put_right() {
    let link = |url: &str| format!("<a href=\"{url}\">{url}</a>");
    let (a, b) = (link("https://example.org/a"), link("https://example.org/a_b/c-d/1/"));
    paragraphs(
        &xhtml,
        &[
            ("\u{feff}一\u{200b}年\r\n前", "一年前"),
            ("一 年前，他 走 了", "一年前，他走了"),
            ("&emsp;&emsp;缩进&nbsp;文字。", "缩进文字。"),
            ("&#12288;&#12288;缩进", "缩进"),
            ("（见\nhttps://example.org/a）。后", &format!("（见{a}）。后")),
            ("https://example.org/a_b/\nc-d/1/ 后", &format!("{b} 后")),
            ("网址https://example.org/a，后", &format!("网址{a}，后")),
            ("网址https://example.org/a（后）", &format!("网址{a}（后）")),
            ("用\"AGI\"这个词", "用“AGI”这个词"),
        ],
    );
}
