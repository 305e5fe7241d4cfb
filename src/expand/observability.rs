//! The log group of an agent.

use super::{Context, name};
use crate::kinds::log_group::{DataProtection, LogGroup, LogGroupSpec};
use crate::manifest::Agent;
use crate::resource::address::PhysicalName;
use crate::resource::desired::DesiredResource;
use crate::resource::reference::Input;
