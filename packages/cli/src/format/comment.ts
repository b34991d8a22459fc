/** Text in comments of what is written. @module */

/**
 * Text that cannot end a comment.
 *
 * @param text - any
 */
export function commentText(text: string): string {
  return text.replace(/\p{Cc}/gu, '?').replaceAll('*/', '*?');
}
