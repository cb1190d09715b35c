//! What a name stands for in languages whose files share their names: Go's packages, classes and functions that are imported by
//! a path this program does not follow. A name counts when only one thing of that language bears it.

use super::engine::{Engine, class_of};
use super::members::Member;
use super::value::{ClassRef, Entity, Name, Value};
use crate::FunctionRef;
use hub_syntax::ir::{ClassId, FnId, Language};
use hub_syntax::{BindingId, BindingKind, ModuleId};
use rustc_hash::FxHashMap;

/// Names of the program by the space they are seen in: a folder of Go, a language otherwise.
#[derive(Debug, Default)]
pub struct Packages {
    /// Import paths of Go, and the folders they name.
    paths: FxHashMap<String, String>,
    folders: FxHashMap<String, Vec<ModuleId>>,
    classes: FxHashMap<(Space, Name), Vec<ClassRef>>,
    functions: FxHashMap<(Language, Name), Vec<FunctionRef>>,
    /// Constants and variables of whole files.
    values: FxHashMap<(Language, Name), Vec<(ModuleId, BindingId)>>,
}

/// Where a name is seen: the first module of a Go folder, or a whole language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Space {
    Folder(ModuleId),
    All(Language),
}

impl Engine<'_> {
    /// Reads the names of native modules once.
    pub fn index_packages(&mut self, paths: &[(String, String)]) {
        self.packages.paths = paths.iter().cloned().collect();
        for (id, module) in self.program.iter() {
            if module.language == Language::Go {
                self.packages.folders.entry(module.path.parent().to_owned()).or_default().push(id);
            }
        }
        for (id, module) in self.program.iter().filter(|(_, m)| m.language.is_native()) {
            let space = self.space(id);
            for (c, class) in module.classes.iter().enumerate() {
                if let Some(name) = class.name {
                    let name = self.name_of(id, name);
                    let class = ClassRef {
                        module: id,
                        class: ClassId(c as u32),
                    };
                    self.packages.classes.entry((space, name)).or_default().push(class);
                }
            }
            for (i, f) in module.functions.iter().enumerate() {
                if let (Some(name), None, None) = (f.name, f.class, f.parent) {
                    let name = self.name_of(id, name);
                    let function = FunctionRef {
                        module: id,
                        function: FnId(i as u32),
                    };
                    self.packages.functions.entry((module.language, name)).or_default().push(function);
                }
            }
            if !matches!(module.language, Language::Kotlin | Language::Ruby | Language::Rust) {
                continue;
            }
            let info = self.info(id);
            for (name, binding) in &info.top {
                // Only what begins with a capital letter is seen everywhere in Ruby.
                let shared = module.language != Language::Ruby || self.names.text(*name).starts_with(|c: char| c.is_ascii_uppercase());
                if shared
                    && matches!(
                        info.scopes.binding(*binding).kind,
                        BindingKind::Const | BindingKind::Let | BindingKind::Var
                    )
                {
                    self.packages
                        .values
                        .entry((module.language, *name))
                        .or_default()
                        .push((id, *binding));
                }
            }
        }
    }

    fn space(&self, id: ModuleId) -> Space {
        let module = self.program.module(id);
        match self.packages.folders.get(module.path.parent()).and_then(|all| all.first()) {
            Some(first) if module.language == Language::Go => Space::Folder(*first),
            _ => Space::All(module.language),
        }
    }

    /// The Go package that an import names, as the first module of its folder.
    pub fn package(&self, path: &str) -> Option<ModuleId> {
        let folder = self.packages.paths.get(path)?;
        self.packages.folders.get(folder)?.first().copied()
    }

    /// All files of the Go package that a module belongs to.
    pub fn files_of_package(&self, id: ModuleId) -> &[ModuleId] {
        self.packages
            .folders
            .get(self.program.module(id).path.parent())
            .map_or(&[], Vec::as_slice)
    }

    /// Blocks that add to the same type: methods of Go, `impl` of Rust, parts of C#.
    pub fn blocks_of(&mut self, class: ClassRef) -> Vec<ClassRef> {
        let m = self.program.module(class.module);
        if !matches!(m.language, Language::Go | Language::Rust | Language::CSharp | Language::Ruby) {
            return Vec::new();
        }
        let Some(name) = m.class(class.class).name else { return Vec::new() };
        let name = self.name_of(class.module, name);
        let space = self.space(class.module);
        let all = self.packages.classes.get(&(space, name)).map_or(&[][..], Vec::as_slice);
        all.iter().filter(|c| **c != class).take(64).copied().collect()
    }

    /// What a name that nothing in the file declares stands for.
    pub fn named_elsewhere(&mut self, id: ModuleId, name: Name) -> Option<Value> {
        let language = self.program.module(id).language;
        let text = self.names.text(name).clone();
        if language == Language::Go {
            for file in self.files_of_package(id).to_vec() {
                let info = self.info(file);
                if let Some(binding) = info.top.get(&name).copied().filter(|_| file != id) {
                    return Some(self.static_value(file, binding));
                }
            }
            return None;
        }
        let class = self
            .frame()
            .function
            .and_then(|f| class_of(self.program.module(id), f))
            .map(|class| ClassRef { module: id, class });
        if let Some(class) = class {
            if matches!(&*text, "Self" | "self" | "static") {
                return Some(Value::entity(Entity::Class(class)));
            }
            // A method or field of the object at hand, called by its name alone.
            match self.find_member(class, name, 0) {
                Some(Member::Method(function, owner)) => {
                    return Some(Value::entity(Entity::Function(FunctionRef {
                        module: owner.module,
                        function,
                    })));
                }
                Some(Member::Field { .. } | Member::Getter(..)) if language != Language::Rust => {
                    let this = Value::entity(Entity::Instance(class));
                    return Some(self.instance_member(class, name, &this));
                }
                _ => {}
            }
        }
        if let Some(class) = self.class_named(id, name) {
            return Some(Value::entity(Entity::Class(class)));
        }
        if let Some([only]) = self.packages.functions.get(&(language, name)).map(Vec::as_slice) {
            return Some(Value::entity(Entity::Function(*only)));
        }
        match self.packages.values.get(&(language, name)).map(Vec::as_slice) {
            Some([(file, binding)]) if *file != id => Some(self.static_value(*file, *binding)),
            _ => None,
        }
    }

    /// What the last name of a path stands for: `crate::util::run` of Rust, `Helper.run` of a Ruby module.
    pub fn named_by_path(&mut self, path: &str, name: Name) -> Option<Value> {
        let language = self.module().language;
        if !matches!(language, Language::Rust | Language::Ruby) || path.contains('(') {
            return None;
        }
        let of = path.rsplit('.').next().unwrap_or(path);
        if language == Language::Rust && matches!(of, "crate" | "super" | "self") {
            return self.named_elsewhere(self.module_id(), name);
        }
        let all = self.packages.functions.get(&(language, name))?;
        let holds = |f: &&FunctionRef| {
            let m = self.program.module(f.module);
            let file = m.path.file_name();
            match language {
                Language::Ruby => m.source.contains(&format!("module {of}")),
                _ => file.strip_suffix(".rs") == Some(of) || file == "mod.rs" && m.path.parent().rsplit('/').next() == Some(of),
            }
        };
        let mut found = all.iter().filter(holds);
        match (found.next(), found.next()) {
            (Some(only), None) => Some(Value::entity(Entity::Function(*only))),
            _ => None,
        }
    }

    /// The class of that name beside a file: in the file, in its folder, or the only one of the program. Parts of one class (`impl`,
    /// `partial`, a module opened again) count as one.
    fn class_named(&self, id: ModuleId, name: Name) -> Option<ClassRef> {
        let module = self.program.module(id);
        let all = self.packages.classes.get(&(Space::All(module.language), name))?;
        let folder = |c: &ClassRef| self.program.module(c.module).path.parent();
        let first = all.first()?;
        let in_parts = matches!(module.language, Language::Rust | Language::CSharp | Language::Ruby);
        all.iter()
            .find(|c| c.module == id)
            .or_else(|| all.iter().find(|c| folder(c) == module.path.parent()))
            .or_else(|| (all.len() == 1 || in_parts).then_some(first))
            .copied()
    }

    /// The method that makes an object of a class.
    pub fn constructor_name(&mut self, class: ClassRef) -> Name {
        let m = self.program.module(class.module);
        let name = match m.language {
            Language::Python => "__init__",
            Language::Php => "__construct",
            Language::Ruby => "initialize",
            Language::Java | Language::CSharp => m.class(class.class).name.map_or("", |n| m.str(n)),
            // Made by a literal, or by a primary constructor whose parameters are fields.
            Language::Go | Language::Rust | Language::Kotlin => "",
            Language::JavaScript | Language::TypeScript => "constructor",
        };
        let name = name.to_owned();
        self.names.intern(&name)
    }
}
