/**
 * The benchmarks of docs/performance.md: what is measured, the peers it is measured against, and
 * how the figures are taken and shown. May import the jobs' packages for data, training and
 * progress, the model and the index; nothing but the command imports it.
 */
package dev.tandem.jobs.bench;
