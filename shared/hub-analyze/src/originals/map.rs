//! One source map (ECMA-426): positions in, the places they were made from out. The `sourcemap` crate decodes; whoever publishes
//! a map may write anything into it, so that each answer is held against the text it points into.

use super::tree::Tree;
use hub_engine::shown;
use hub_model::Original;
use sourcemap::{DecodedMap, SourceMap, SourceView};
use std::collections::HashMap;
use std::ops::Range;

/// Longest excerpt, in characters.
const MAX_EXCERPT_CHARS: usize = 200;
/// Units of a line that are counted as characters for a column; past that the unit stands in, as for every place.
const COUNTED_UNITS: u32 = 2_000;

/// What a map says of places.
pub(super) struct Originals {
    /// In the order asked for.
    pub(super) places: Vec<Option<Original>>,
    /// How many are shown as published, and why; "" when none is.
    pub(super) missed: String,
}

/// The originals of positions that are sorted: lines and columns from 0, columns in UTF-16 units.
///
/// # Errors
/// Why the map cannot be used, in words.
pub(super) fn originals(json: &[u8], folder: &str, wanted: &[(u32, u32)], tree: &Tree<'_>) -> Result<Originals, String> {
    let map = sourcemap::decode_slice(json).map_err(|e| format!("it is no source map: {}", shown(&e.to_string(), 120)))?;
    let mut out = Originals {
        places: wanted.iter().map(|_| None).collect(),
        missed: String::new(),
    };
    let mut beyond = 0_usize;
    let mut answer = |map: &SourceMap, offset: (u32, u32), range: Range<usize>| {
        let mut sources = Sources {
            map,
            folder,
            tree,
            seen: HashMap::new(),
        };
        for (at, source, position) in lookup(map, offset, wanted, range) {
            out.places[at] = source.and_then(|source| sources.original(source, position, &mut beyond));
        }
    };
    match &map {
        DecodedMap::Regular(map) => answer(map, (0, 0), 0..wanted.len()),
        DecodedMap::Hermes(map) => answer(map, (0, 0), 0..wanted.len()),
        DecodedMap::Index(index) => {
            let sections: Vec<_> = index.sections().collect();
            for (n, section) in sections.iter().enumerate() {
                let from = wanted.partition_point(|at| *at < section.get_offset());
                let next = sections.get(n + 1).map(|next| next.get_offset());
                let to = next.map_or(wanted.len(), |next| wanted.partition_point(|at| *at < next));
                if from >= to {
                    continue;
                }
                match section.get_sourcemap() {
                    Some(DecodedMap::Regular(map)) => answer(map, section.get_offset(), from..to),
                    Some(DecodedMap::Hermes(map)) => answer(map, section.get_offset(), from..to),
                    Some(DecodedMap::Index(_)) => {
                        return Err("its sections are made of sections, which the format does not allow".to_owned());
                    }
                    None => return Err("its sections are at addresses, and no address is followed".to_owned()),
                }
            }
        }
    }
    let missed = out.places.iter().filter(|p| p.is_none()).count();
    if beyond > 0 && missed == wanted.len() {
        return Err("it does not fit: it points past the end of the files it names".to_owned());
    }
    if missed > 0 {
        out.missed = format!("{missed} of {} places are in no file that it names", wanted.len());
        if beyond > 0 {
            out.missed.push_str(&format!("; {} of them would be past its end", beyond));
        }
    }
    Ok(out)
}

/// Of positions `range`, which lie at or behind `offset`: the file and the position they were made from. One walk over the map: its
/// tokens are sorted, and of many at one position a search would look at each.
fn lookup<'m>(
    map: &'m SourceMap,
    offset: (u32, u32),
    wanted: &'m [(u32, u32)],
    range: Range<usize>,
) -> impl Iterator<Item = (usize, Option<u32>, (u32, u32))> + 'm {
    let mut tokens = map.tokens().peekable();
    let mut last = None;
    range.map(move |at| {
        let (line, column) = wanted[at];
        let relative = (line - offset.0, if line == offset.0 { column - offset.1 } else { column });
        while let Some(token) = tokens.next_if(|t| t.get_dst() <= relative) {
            last = Some(token);
        }
        // A mapping holds up to the end of its line.
        let token = last.as_ref().filter(|t| t.get_dst_line() == relative.0 && t.has_source());
        let source = token.map(|t| t.get_src_id());
        (at, source, token.map_or((0, 0), |t| t.get_src()))
    })
}

/// The files a map names.
struct Sources<'m> {
    map: &'m SourceMap,
    folder: &'m str,
    tree: &'m Tree<'m>,
    seen: HashMap<u32, Source>,
}

struct Source {
    name: String,
    shipped: bool,
    /// From the map, or from the tree.
    text: Option<SourceView>,
}

impl Sources<'_> {
    /// A position of a file; none, and counted, when it lies past the end of the file's text.
    fn original(&mut self, source: u32, (line, units): (u32, u32), beyond: &mut usize) -> Option<Original> {
        let Self { map, folder, tree, seen } = self;
        let called = map.get_source(source).filter(|name| !name.trim().is_empty())?;
        let source = seen.entry(source).or_insert_with(|| {
            let (name, shipped) = tree.name(called, folder);
            let text = map.get_source_contents(source).or_else(|| tree.read(&name));
            Source {
                name: shown(&name, 300),
                shipped,
                text: text.map(|text| SourceView::new(text.into())),
            }
        });
        let (column, excerpt) = match &source.text {
            None => (units.saturating_add(1), String::new()),
            Some(text) => match text.get_line(line) {
                Some(line) => (column(line, units), shown(line.trim(), MAX_EXCERPT_CHARS)),
                None => {
                    *beyond += 1;
                    return None;
                }
            },
        };
        Some(Original {
            file: source.name.clone(),
            line: line.saturating_add(1),
            column,
            excerpt,
            shipped: source.shipped,
        })
    }
}

/// The column in characters, from 1, of a number of UTF-16 units.
fn column(line: &str, units: u32) -> u32 {
    if units > COUNTED_UNITS {
        return units.saturating_add(1);
    }
    let mut before = 0;
    let counted = line.chars().take_while(|c| {
        before += c.len_utf16() as u32;
        before <= units
    });
    counted.count() as u32 + 1
}
