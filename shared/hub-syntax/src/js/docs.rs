//! Leading documentation comments.

use super::lower::Lowerer;
use crate::ir::Sym;
use oxc_ast::ast::Program;

impl Lowerer {
    pub(super) fn collect_docs(&mut self, program: &Program<'_>) {
        for comment in &program.comments {
            if comment.is_jsdoc() && comment.is_leading() {
                let content = comment.content_span();
                // The last comment before a token wins.
                self.docs.insert(comment.attached_to, (content.start, content.end));
            }
        }
    }

    /// The text of the documentation comment before any of these offsets (a declaration's, then its `export`'s).
    pub(super) fn doc_at(&mut self, offset: u32) -> Option<Sym> {
        let (start, end) = self.docs.get(&offset).copied()?;
        let text = clean(self.module.text(self.place(oxc_span::Span::new(start, end))));
        (!text.is_empty()).then(|| self.sym(&text))
    }
}

/// The text between `/*` and `*/` without the leading stars of its lines.
fn clean(comment: &str) -> String {
    let lines: Vec<&str> = comment
        .trim_start_matches('*')
        .lines()
        .map(|line| line.trim().trim_start_matches('*').trim())
        .collect();
    lines.join("\n").trim().to_owned()
}
