/**
 * Whose turn it is on the terminal: a question to the person there, or the progress of the run.
 */
import * as Context from "effect/Context"

/**
 * Progress draws nothing while a question `isOpen`, and starts below it afterwards: `questions` counts them.
 *
 * @category services
 */
export const Turn = Context.Reference<{ isOpen: boolean; questions: number }>("greenlang/cli/Turn", {
  defaultValue: () => ({ isOpen: false, questions: 0 })
})
