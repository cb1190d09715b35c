//! Limits of the analysing stages, passed as a value so that pure crates need neither clock nor configuration.

crate::settings! {
    /// What one analysis may spend. Counted in units of work rather than time, so the same input always ends the same way.
    pub struct Budget {
        /// Largest source file that is parsed, in bytes: whatever is fetched.
        pub max_parse_bytes: usize = "HUB_MAX_PARSE_BYTES", 16 << 20;
        /// Largest sum of parsed source, in bytes.
        pub max_total_parse_bytes: usize = "HUB_MAX_TOTAL_PARSE_BYTES", 64 << 20;
        /// Deepest bracket nesting handed to a parser.
        pub max_nesting: usize = "HUB_MAX_NESTING", 400;
        /// Steps of a hundred operations that tree-sitter may spend on one file (ordinary code takes 8,000 a megabyte).
        pub max_parse_steps: u64 = "HUB_MAX_PARSE_STEPS", 200_000;
        /// Evaluation steps for constants over a whole scan.
        pub max_eval_steps: u64 = "HUB_MAX_EVAL_STEPS", 20_000_000;
        /// Most objects that evaluation of constants holds at once. A small program gets fewer: 100,000 and one for every 8 bytes of it.
        pub max_eval_objects: usize = "HUB_MAX_EVAL_OBJECTS", 1_000_000;
        /// Most bytes of texts, lists and tables that evaluation of constants builds over a scan, for each group of languages.
        pub max_eval_bytes: usize = "HUB_MAX_EVAL_BYTES", 256 << 20;
        /// Data flow steps over a whole scan.
        pub max_flow_steps: u64 = "HUB_MAX_FLOW_STEPS", 20_000_000;
        /// Tools, prompts and resources kept, each.
        pub max_items: usize = "HUB_MAX_ITEMS", 10_000;
        /// Text analysed in full per field, in bytes.
        pub max_text_bytes: usize = "HUB_MAX_TEXT_BYTES", 16 << 20;
        /// Largest source map that is read, in bytes.
        pub max_source_map_bytes: usize = "HUB_MAX_SOURCE_MAP_BYTES", 16 << 20;
        /// Largest sum of source maps that is read for one scan, in bytes.
        pub max_total_source_map_bytes: usize = "HUB_MAX_TOTAL_SOURCE_MAP_BYTES", 64 << 20;
        /// Findings kept per rule.
        pub max_findings_per_rule: usize = "HUB_MAX_FINDINGS_PER_RULE", 200;
    }
}
