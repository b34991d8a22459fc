/**
 * Decides whether filters answer the same to every call, and says for which they do not.
 *
 * @module
 */

export type { AnswerDifference, SameAnswers } from './answer.ts';
export {
  type Comparable,
  type CompareOptions,
  compareFilters,
  type DifferentAnswers,
  type FilterComparison,
  filterComparer,
  type TicketHolders,
} from './compare.ts';
export { type DescribeOptions, describeDifferences } from './describe.ts';
export type { Difference, FieldCondition, ValueRange } from './differences.ts';
export type { CallField } from './order.ts';
