//! VPCs. In: subnets, route tables, endpoints and workloads of a project. Out: how calls reach DynamoDB.

pub mod routing;
pub mod service;
pub mod topology;

pub use topology::{Path, Topology, is_for_tables};
