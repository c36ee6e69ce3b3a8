//! Which events of a table a trail or event data store records. In: its settings as plain data and the table's ARN.
//! Out: truth per event. Semantics: CloudTrail User Guide, "Logging data events" and "Filtering data events by using
//! advanced event selectors"; basic and advanced selectors exclude each other.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::{
    aws::symbolic::{self, Text, literal},
    value::{Pattern, Truth},
};

/// CloudTrail's type of table data events.
pub const TABLE: &str = "AWS::DynamoDB::Table";
/// CloudTrail's type of stream data events.
pub const STREAM: &str = "AWS::DynamoDB::Stream";

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// Items of a table.
    Table,
    /// Records of a stream.
    Stream,
    /// The table itself.
    Management,
}

/// One event of DynamoDB.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Event {
    /// `GetItem`.
    pub name: String,
    /// What it is about.
    pub category: Category,
    /// Its `readOnly` field, where documented.
    pub read_only: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Facts {
    service_prefix: String,
    source: String,
    event: Vec<Event>,
}

static FACTS: LazyLock<Facts> = LazyLock::new(|| {
    let none = Facts { service_prefix: String::new(), source: String::new(), event: Vec::new() };
    toml::from_str(include_str!("../data/cloudtrail-events.toml")).unwrap_or(none)
});

/// The events of DynamoDB and their source.
pub struct Events {
    facts: &'static Facts,
}

impl Default for Events {
    fn default() -> Self {
        Self { facts: &FACTS }
    }
}

/// A trail or event data store.
#[derive(Clone, Debug)]
pub struct Recorder {
    /// Whether it logs (a trail) or ingests (an event data store).
    pub active: Truth,
    /// Whether it records all regions.
    pub multi_region: Truth,
    /// Whether it records all accounts of the organisation.
    pub organization: Truth,
    /// Its home region.
    pub region: Text,
    /// Its account.
    pub account: Text,
    /// What it selects.
    pub selectors: Selectors,
}

/// What a recorder selects.
#[derive(Clone, Debug)]
pub enum Selectors {
    /// Nothing is written: management events, reads and writes.
    Default,
    /// Basic event selectors; an event is recorded when one of them selects it.
    Basic(Vec<Basic>),
    /// Advanced event selectors: one of them, all of its fields.
    Advanced(Vec<Vec<FieldSelector>>),
    /// Not known.
    Unknown,
}

/// `ReadWriteType` of a basic selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadWrite {
    /// `All`.
    All,
    /// `ReadOnly`.
    ReadOnly,
    /// `WriteOnly`.
    WriteOnly,
}

/// A basic event selector.
#[derive(Clone, Debug)]
pub struct Basic {
    /// `ReadWriteType`; `None` when unknown.
    pub read_write: Option<ReadWrite>,
    /// `IncludeManagementEvents`.
    pub management: Truth,
    /// `DataResources`: type and values; a type that is `None` is unknown.
    pub data: Vec<(Text, Vec<Text>)>,
}

/// A field of an advanced event selector. A `None` among the values is one that is not known.
#[derive(Clone, Debug, Default)]
pub struct FieldSelector {
    /// `resources.ARN`; `None` when unknown.
    pub field: Option<String>,
    /// `Equals`.
    pub equals: Vec<Text>,
    /// `StartsWith`.
    pub starts_with: Vec<Text>,
    /// `EndsWith`.
    pub ends_with: Vec<Text>,
    /// `NotEquals`.
    pub not_equals: Vec<Text>,
    /// `NotStartsWith`.
    pub not_starts_with: Vec<Text>,
    /// `NotEndsWith`.
    pub not_ends_with: Vec<Text>,
}

/// The table as selectors see it.
#[derive(Clone, Debug)]
pub struct Subject {
    /// ARN of the table.
    pub arn: Pattern,
    /// ARN of its stream.
    pub stream_arn: Pattern,
    /// Its region.
    pub region: Text,
    /// Its account.
    pub account: Text,
}

/// Whether each event is recorded, once if it is a read and once if it is a write; the two are equal where
/// `readOnly` is documented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    events: Vec<(Category, Option<bool>, Truth, Truth)>,
}

/// A [`Coverage`] as four answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Every read of items.
    pub reads: Truth,
    /// Every write of items.
    pub writes: Truth,
    /// Every read of the stream.
    pub streams: Truth,
    /// Management events, reads and writes.
    pub management: Truth,
}

impl Events {
    /// Which events of the table the recorder records.
    pub fn covered(&self, recorder: &Recorder, subject: &Subject) -> Coverage {
        let gate = recorder.active.and(here(recorder.multi_region, &recorder.region, &subject.region)).and(here(
            recorder.organization,
            &recorder.account,
            &subject.account,
        ));
        let meant = self.meant(&recorder.selectors, subject);
        let events = self.facts.event.iter().map(|event| {
            let one = |read_only| gate.and(self.selected(&recorder.selectors, &meant, event, read_only));
            match event.read_only {
                Some(read_only) => (event.category, event.read_only, one(read_only), one(read_only)),
                None => (event.category, None, one(true), one(false)),
            }
        });
        Coverage { events: events.collect() }
    }

    /// What a trail that is declared to record these events covers.
    pub fn declared(&self, summary: Summary) -> Coverage {
        let events = self.facts.event.iter().map(|event| match event.category {
            Category::Table => (event.category, event.read_only, summary.reads, summary.writes),
            Category::Stream => (event.category, event.read_only, summary.streams, summary.streams),
            Category::Management => (event.category, event.read_only, summary.management, summary.management),
        });
        Coverage { events: events.map(of_its_kind).collect() }
    }

    /// What selectors say of the table, which is the same for all events.
    fn meant(&self, selectors: &Selectors, subject: &Subject) -> Meant {
        let by_arn = |arn: &Pattern, fields: &[FieldSelector]| {
            let named = fields.iter().filter(|field| field.is("resources.ARN"));
            Truth::all(named.map(|field| field.admits(arn)))
        };
        match selectors {
            Selectors::Basic(selectors) => Meant {
                table: selectors.iter().map(|selector| self.basic_data(selector, &subject.arn)).collect(),
                stream: Vec::new(),
            },
            Selectors::Advanced(selectors) => Meant {
                table: selectors.iter().map(|fields| by_arn(&subject.arn, fields)).collect(),
                stream: selectors.iter().map(|fields| by_arn(&subject.stream_arn, fields)).collect(),
            },
            Selectors::Default | Selectors::Unknown => Meant { table: Vec::new(), stream: Vec::new() },
        }
    }

    fn selected(&self, selectors: &Selectors, meant: &Meant, event: &Event, read_only: bool) -> Truth {
        match selectors {
            Selectors::Unknown => Truth::Unknown,
            Selectors::Default => Truth::from(event.category == Category::Management),
            Selectors::Basic(selectors) if selectors.is_empty() => Truth::from(event.category == Category::Management),
            Selectors::Basic(selectors) => Truth::any(selectors.iter().zip(&meant.table).map(|(selector, table)| {
                let kind = match selector.read_write {
                    None => Truth::Unknown,
                    Some(ReadWrite::All) => Truth::True,
                    Some(ReadWrite::ReadOnly) => Truth::from(read_only),
                    Some(ReadWrite::WriteOnly) => Truth::from(!read_only),
                };
                kind.and(match event.category {
                    Category::Management => selector.management,
                    Category::Table => *table,
                    // Basic selectors know no stream events.
                    Category::Stream => Truth::False,
                })
            })),
            Selectors::Advanced(selectors) => {
                let arns = if event.category == Category::Stream { &meant.stream } else { &meant.table };
                let all = |fields: &Vec<FieldSelector>| {
                    Truth::all(fields.iter().map(|field| self.field(field, event, read_only)))
                };
                Truth::any(
                    selectors
                        .iter()
                        .zip(arns)
                        .map(|(fields, arn)| if arn.is_false() { *arn } else { arn.and(all(fields)) }),
                )
            }
        }
    }

    fn basic_data(&self, selector: &Basic, arn: &Pattern) -> Truth {
        let table = literal(TABLE);
        Truth::any(selector.data.iter().map(|(kind, values)| {
            let kind = kind.as_ref().map_or(Truth::Unknown, |kind| symbolic::equals(kind, &table));
            let value = |value: &Text| value.as_ref().map_or(Truth::Unknown, |value| self.basic_value(value, arn));
            kind.and(Truth::any(values.iter().map(value)))
        }))
    }

    /// Whether a value of a basic selector means the table: its ARN, or `arn:aws:dynamodb` for all tables. `*` is no
    /// wildcard there; other beginnings of an ARN are not documented for DynamoDB.
    fn basic_value(&self, value: &Pattern, arn: &Pattern) -> Truth {
        if let [start, partition, service] = &symbolic::segments(value, 6)[..]
            && start.literal().as_deref() == Some("arn")
            && service.literal().is_some_and(|service| *service == *self.facts.service_prefix)
        {
            let of_table = symbolic::segments(arn, 6).into_iter().nth(1);
            let known = (partition.literal(), of_table.and_then(|partition| partition.literal()));
            // A symbolic partition is that of the deployment, and so is the one that the author wrote.
            return Truth::from(!matches!(known, (Some(a), Some(b)) if a != b));
        }
        if symbolic::contains_literal(value, '*') {
            return Truth::False;
        }
        match symbolic::equals(value, arn) {
            Truth::False if symbolic::are_names_of_different_resources(value, arn) => Truth::False,
            Truth::False if symbolic::starts_with(arn, value).is_possible() => Truth::Unknown,
            truth => truth,
        }
    }

    /// Whether an event has the field as selected; the ARN was looked at before.
    fn field(&self, selector: &FieldSelector, event: &Event, read_only: bool) -> Truth {
        let Some(field) = &selector.field else { return Truth::Unknown };
        let is_data = event.category != Category::Management;
        let of = |value: &str| selector.admits(&literal(value));
        match &*field.to_ascii_lowercase() {
            "eventcategory" => of(if is_data { "Data" } else { "Management" }),
            "resources.type" if is_data => of(if event.category == Category::Table { TABLE } else { STREAM }),
            "resources.type" => Truth::False,
            "resources.arn" => Truth::True,
            "eventname" => of(&event.name),
            "readonly" => of(if read_only { "true" } else { "false" }),
            "eventsource" => of(&self.facts.source),
            "eventtype" => of("AwsApiCall"),
            // The others (`userIdentity.arn`, `sessionCredentialFromConsole`, …) select a part of the calls only.
            _ => Truth::False,
        }
    }
}

/// Per selector, whether it means the table and its stream.
struct Meant {
    table: Vec<Truth>,
    stream: Vec<Truth>,
}

impl FieldSelector {
    fn is(&self, name: &str) -> bool {
        self.field.as_ref().is_some_and(|field| field.eq_ignore_ascii_case(name))
    }

    /// Whether the field may have this value: one of the selecting operators, none of the excluding ones.
    pub fn admits(&self, value: &Pattern) -> Truth {
        type Test = fn(&Pattern, &Pattern) -> Truth;
        let hits = |lists: [(&[Text], Test); 3]| {
            let mut hits = Vec::new();
            for (list, test) in lists {
                let hit = |text: &Text| text.as_ref().map_or(Truth::Unknown, |text| test(value, text));
                hits.extend(list.iter().map(hit));
            }
            hits
        };
        let selecting = hits([
            (&self.equals, symbolic::equals),
            (&self.starts_with, symbolic::starts_with),
            (&self.ends_with, symbolic::ends_with),
        ]);
        let excluding = hits([
            (&self.not_equals, symbolic::equals),
            (&self.not_starts_with, symbolic::starts_with),
            (&self.not_ends_with, symbolic::ends_with),
        ]);
        let selected = if selecting.is_empty() { Truth::True } else { Truth::any(selecting) };
        selected.and(!Truth::any(excluding))
    }
}

/// An event that is certainly a read, or certainly a write, has one truth.
fn of_its_kind(event: (Category, Option<bool>, Truth, Truth)) -> (Category, Option<bool>, Truth, Truth) {
    match event {
        (category, Some(read_only), read, write) => {
            let truth = if read_only { read } else { write };
            (category, Some(read_only), truth, truth)
        }
        either => either,
    }
}

impl Summary {
    /// Whether one of the four is unknown.
    pub fn has_unknown(&self) -> bool {
        [self.reads, self.writes, self.streams, self.management].contains(&Truth::Unknown)
    }

    /// Each answer by one of two.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            reads: self.reads.or(other.reads),
            writes: self.writes.or(other.writes),
            streams: self.streams.or(other.streams),
            management: self.management.or(other.management),
        }
    }
}

impl Coverage {
    /// What two recorders record together: each event by one of them.
    #[must_use]
    pub fn or(mut self, other: &Self) -> Self {
        for (mine, other) in self.events.iter_mut().zip(&other.events) {
            (mine.2, mine.3) = (mine.2.or(other.2), mine.3.or(other.3));
        }
        self
    }

    /// Whether all that is unknown is whether PartiQL statements are reads or writes.
    pub fn depends_on_partiql(&self) -> bool {
        self.events.iter().all(|(_, _, read, write)| *read != Truth::Unknown && *write != Truth::Unknown)
    }

    /// The four answers.
    pub fn summary(&self) -> Summary {
        let all = |category, read_only: Option<bool>| {
            let wanted = self.events.iter().filter(move |(found, kind, ..)| {
                *found == category && (kind.is_none() || read_only.is_none() || *kind == read_only)
            });
            Truth::all(wanted.map(|(_, _, read, write)| if read == write { *read } else { Truth::Unknown }))
        };
        Summary {
            reads: all(Category::Table, Some(true)),
            writes: all(Category::Table, Some(false)),
            streams: all(Category::Stream, None),
            management: all(Category::Management, None),
        }
    }
}

/// Whether a recorder that may be everywhere, or else is at one place, is at this place.
fn here(everywhere: Truth, place: &Text, wanted: &Text) -> Truth {
    let same = match (place, wanted) {
        (Some(a), Some(b)) => symbolic::equals(a, b),
        _ => Truth::Unknown,
    };
    everywhere.or(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_are_read() {
        assert_eq!(Events::default().facts.event.len(), 18);
    }
}
