/**
 * Install a seccomp filter in a Node process, or launch any program under one.
 *
 * @module
 */
export type { SeccompActionName, SeccompFlagName } from './abi.ts';
export { type AuditRecord, type AuditSearch, parseAuditLine, searchAudit } from './audit.ts';
export { capabilityNames } from './capabilities.ts';
export { RuntimeError, type RuntimeErrorCode, type RuntimeErrorFacts } from './errors.ts';
export { type FilterStack, type InspectedFilter, type InspectedProcess, inspectProcess } from './inspect.ts';
export { type InstallReport, installFilter, installSandbox, type SandboxOptions } from './install.ts';
export { type LaunchOptions, launch } from './launch.ts';
export {
  type ListenerLaunchOptions,
  launchWithListener,
  type SupervisedLaunch,
} from './launch-with-listener.ts';
export type { LoadFlagName } from './load-filter.ts';
export {
  type DescriptorPlace,
  Listener,
  openListener,
  SyscallNotification,
  takeListener,
} from './notifications.ts';
export type { LoadableFilter } from './order.ts';
export { isSupported } from './platform.ts';
export { type ProbeReport, probe } from './probe.ts';
export {
  type CapabilitySet,
  type ProcessState,
  processState,
  type SeccompMode,
  type ThreadState,
} from './process-state.ts';
export type { KillReport, Launched, LaunchResult } from './supervisor.ts';
