//! The committed schema, by the names of its types.

use std::collections::BTreeMap;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    FieldDefinition, TypeDefinition, TypeKind, TypeSystemDefinition,
};

use crate::tidy::{read, root};

/// The schema.
#[derive(Debug)]
pub(in crate::fuzz) struct Schema {
    types: BTreeMap<String, TypeDefinition>,
}

impl Schema {
    /// Reads `api/schema.graphql`.
    pub(in crate::fuzz) fn read() -> Self {
        let text = read(&root().join("api/schema.graphql"));
        let document = parse_schema(text).expect("a schema");
        let types = document
            .definitions
            .into_iter()
            .filter_map(|one| match one {
                TypeSystemDefinition::Type(one) => Some((one.node.name.node.to_string(), one.node)),
                _ => None,
            });
        let types: BTreeMap<_, _> = types.collect();
        assert!(types.len() > 100, "{}", types.len());
        Self { types }
    }

    /// What a type is; `None` for the scalars of the language itself.
    pub(super) fn kind(&self, name: &str) -> Option<&TypeKind> {
        self.types.get(name).map(|one| &one.kind)
    }

    /// Whether exactly one member of an input type must be given.
    pub(super) fn is_one_of(&self, name: &str) -> bool {
        let directives = self.types.get(name).map(|one| one.directives.iter());
        let mut directives = directives.into_iter().flatten();
        directives.any(|directive| directive.node.name.node == "oneOf")
    }

    /// The fields of an object or interface.
    pub(super) fn fields(&self, name: &str) -> Vec<&FieldDefinition> {
        let fields = match self.kind(name) {
            Some(TypeKind::Object(object)) => &object.fields,
            Some(TypeKind::Interface(interface)) => &interface.fields,
            _ => return Vec::new(),
        };
        fields.iter().map(|field| &field.node).collect()
    }

    /// The objects that an interface can be.
    pub(super) fn members(&self, name: &str) -> Vec<String> {
        if !matches!(self.kind(name), Some(TypeKind::Interface(_))) {
            return Vec::new();
        }
        let members = self.types.iter().filter(|(_, one)| match &one.kind {
            TypeKind::Object(object) => object.implements.iter().any(|of| of.node == name),
            _ => false,
        });
        members.map(|(name, _)| name.clone()).collect()
    }
}
