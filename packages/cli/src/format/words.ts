/** Actions and conditions of sandbox rules in words. @module */
import type { SandboxAction, SandboxRule } from '@qseccomp/options/policy';

/**
 * An action in a few words.
 *
 * @param action - of a rule or a policy
 */
export function actionWords(action: SandboxAction): string {
  if (typeof action === 'object') return `fail with ${action.errno}`;
  return { KILL_PROCESS: 'kill the process', KILL_THREAD: 'kill the thread', TRAP: 'trap (SIGSYS)', ALLOW: 'allow' }[action];
}

/**
 * When the rules of one call apply. Rules with one condition each, as clone has them, deny all but one use.
 *
 * @param rules - rules of one call
 * @returns words that follow the action; empty where it applies always
 */
export function conditionWords(rules: readonly SandboxRule[]): string {
  const [rule] = rules;
  if (rules.length > 1) return 'unless it makes a thread';
  return rule?.condition === undefined ? '' : `when ${rule.condition}`;
}
