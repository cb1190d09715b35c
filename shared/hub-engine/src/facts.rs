//! What discovery tells the rules about the code: where the outside world enters.

use hub_syntax::ModuleId;
use hub_syntax::ir::FnId;

/// A function of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionRef {
    pub module: ModuleId,
    pub function: FnId,
}

/// Facts about the code of one artifact.
#[derive(Clone, Debug, Default)]
pub struct CodeFacts {
    /// Handlers whose arguments come from outside: where data flow starts.
    pub entry_points: Vec<EntryPoint>,
    /// Modules reachable from the package's declared entry points; empty when that is not known (then all count).
    pub live_modules: Vec<ModuleId>,
    /// Import paths of Go packages of the program, each with the folder it lies in.
    pub packages: Vec<(String, String)>,
}

/// A handler that the outside world calls.
#[derive(Clone, Debug)]
pub struct EntryPoint {
    pub kind: EntryKind,
    /// Tool, prompt or resource name; `*` for a dispatcher that serves many (a low-level `tools/call` handler).
    pub name: String,
    pub handler: FunctionRef,
    pub arguments: ArgumentShape,
}

/// What calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    Tool,
    Prompt,
    Resource,
    /// A route of the server's own HTTP endpoint.
    HttpRoute,
}

/// How the caller's data arrives in the handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArgumentShape {
    /// The first parameter is an object of arguments (JavaScript SDK callbacks); others are context.
    FirstParameter,
    /// Each named parameter is an argument (Python); those listed (context objects) are not.
    EachParameter { except: Vec<String> },
    /// `request.params.arguments` of the first parameter (low-level handlers).
    Request,
    /// The second parameter is the object of arguments (Python low-level `call_tool(name, arguments)`).
    SecondParameter,
    /// The parameters at these positions hold the data: the request, or the arguments as a type of the program's own (Go, Rust,
    /// callbacks of the JVM and .NET).
    Objects { parameters: Vec<usize> },
}

impl EntryPoint {
    /// What a finding about its code is about.
    #[must_use]
    pub fn subject(&self) -> hub_model::Subject {
        use hub_model::Subject;
        match self.kind {
            _ if self.name == "*" => Subject::Server,
            EntryKind::Tool => Subject::Tool(self.name.clone()),
            EntryKind::Prompt => Subject::Prompt(self.name.clone()),
            EntryKind::Resource => Subject::Resource(self.name.clone()),
            EntryKind::HttpRoute => Subject::Server,
        }
    }

    /// The tool, when it is one of the inventory.
    #[must_use]
    pub fn tool<'i>(&self, inventory: &'i hub_model::Inventory) -> Option<&'i hub_model::Tool> {
        (self.kind == EntryKind::Tool)
            .then(|| inventory.tools.iter().find(|t| t.name == self.name))
            .flatten()
    }
}
