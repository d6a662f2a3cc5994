//! The daemon: a run under one configuration after another, the scheduler, and its jobs.

mod alert_job;
mod database_file;
mod delivery_attempt;
mod digest_job;
mod disk_space;
mod order_desk;
mod outbox_worker;
pub mod requests;
mod round;
pub mod run;
mod scheduler;
pub mod supervisor;
