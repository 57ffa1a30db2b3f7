//! The nodes of a document, as steps of this room make them: numbered at the end.

use crate::document::{Block, BlockKind, Inline, InlineKind, NodeId};

/// An inline without an identity yet.
pub(super) fn inline(kind: InlineKind, line: u32) -> Inline {
    Inline { id: NodeId::default(), line, kind }
}

/// A text without an identity yet.
pub(super) fn text_inline(text: String, line: u32) -> Inline {
    inline(InlineKind::Text(text), line)
}

/// A block without an identity yet.
pub(super) fn block(kind: BlockKind, line: u32) -> Block {
    Block { id: NodeId::default(), line, language: None, kind }
}
