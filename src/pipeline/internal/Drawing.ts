/**
 * One call of a drawing function: it knows every step that was made while it ran.
 *
 * 1. A constructor of steps makes one `Origin`. The combinators hand it on, so a step and what a combinator made of it are
 *    one box of the drawing.
 * 2. A drawing ends with the drawing function. Drawings may be nested: a pipeline may be made while another one is drawn.
 */
import * as TaggedMessage from "../../agent/internal/TaggedMessage.ts"
import { InvalidDefinition } from "../../agent/InvalidDefinition.ts"
import * as Described from "../../internal/Described.ts"

/** What a step and its combinators have in common. */
export interface Origin {
  readonly name: string
  /** Where the step was made, `undefined` outside of drawing functions: such a step may be part of many pipelines. */
  readonly drawing: Drawing | undefined
}

/** The steps that one call has made so far. */
export class Drawing {
  readonly pipeline: string
  readonly origins: Array<Origin> = []

  constructor(pipeline: string) {
    this.pipeline = pipeline
  }
}

/**
 * Calls `draw`, and keeps the origins of the steps that it makes in `drawing`. An error that it throws goes on as it is; another
 * value says nothing of the place, and is `InvalidDefinition` of the pipeline.
 */
export const run = <A>(drawing: Drawing, draw: () => A): A => {
  const around = current
  current = drawing
  try {
    return draw()
  } catch (thrown) {
    if (Described.isInstance(thrown, Error)) throw thrown
    const problem = `its drawing function threw ${Described.kind(thrown)} (${TaggedMessage.of(thrown).message})`
    throw new InvalidDefinition({ subject: `pipeline \`${drawing.pipeline}\``, problem, expected: "an error" })
  } finally {
    current = around
  }
}

/** Whether it is the origin of the input of its pipeline, which is the first step of each drawing. */
export const isInput = (origin: Origin): boolean => origin.drawing?.origins[0] === origin

/** Drawing functions are synchronous, so one drawing is current at a time. */
let current: Drawing | undefined

/** The origin of a new step. */
export const origin = (name: string): Origin => {
  const made = { name, drawing: current }
  current?.origins.push(made)
  return made
}
