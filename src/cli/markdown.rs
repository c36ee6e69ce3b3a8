//! Markdown for a terminal, as much of it as the rules' pages use. In: Markdown. Out: headings, wrapped paragraphs,
//! lists, and code set off.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

struct Styles {
    heading: Style,
    code: Style,
}

/// Writes a page.
///
/// # Errors
/// What the writer's target says.
pub fn write(page: &str, color: bool, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let styles = if color {
        Styles { heading: Style::new().bold(), code: Style::new().fg_color(Some(AnsiColor::Cyan.into())) }
    } else {
        Styles { heading: Style::new(), code: Style::new() }
    };
    let mut inside_code = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            inside_code = !inside_code;
        } else if inside_code {
            writeln!(out, "    {}{line}{:#}", styles.code, styles.code)?;
        } else if let Some(heading) = line.strip_prefix('#') {
            writeln!(out, "{}{}{:#}", styles.heading, heading.trim_start_matches('#').trim(), styles.heading)?;
        } else {
            write_paragraph(line, width, &styles, out)?;
        }
    }
    Ok(())
}

fn write_paragraph(line: &str, width: usize, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    let hanging = if line.starts_with("- ") { "  " } else { "" };
    let mut column = 0;
    for word in line.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            write!(out, "\n{hanging}")?;
            column = hanging.len();
        } else if column > 0 {
            write!(out, " ")?;
            column += 1;
        }
        write_word(word, styles, out)?;
        column += length;
    }
    writeln!(out)
}

/// A word with its code marks as colour; without colours the marks stay.
fn write_word(word: &str, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    if styles.code == Style::new() {
        return out.write_all(word.replace("**", "").as_bytes());
    }
    for (index, part) in word.replace("**", "").split('`').enumerate() {
        if index % 2 == 1 {
            write!(out, "{}{part}{:#}", styles.code, styles.code)?;
        } else {
            write!(out, "{part}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    #[test]
    fn pages_are_wrapped_and_code_is_not() {
        let mut out = Vec::new();
        super::write("# Title\n\n- one two three\n\n```hcl\na   = \"b c d e f\"\n```\n", false, 9, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "Title\n\n- one two\n  three\n\n    a   = \"b c d e f\"\n");
    }
}
