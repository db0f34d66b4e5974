/**
 * One call of a drawing function: it knows every step that was made while it ran.
 *
 * 1. A constructor of steps makes one `Origin`. The combinators hand it on, so a step and what a combinator made of it are
 *    one box of the drawing.
 * 2. A drawing ends with the drawing function. Drawings may be nested: a pipeline may be made while another one is drawn.
 */
export interface Origin {
  readonly name: string
  /** Where the step was made, `undefined` outside of drawing functions: such a step may be part of many pipelines. */
  readonly drawing: Drawing | undefined
}

export class Drawing {
  readonly pipeline: string
  readonly origins: Array<Origin> = []

  constructor(pipeline: string) {
    this.pipeline = pipeline
  }
}

/** Calls `draw`, and keeps the origins of the steps that it makes in `drawing`. */
export const run = <A>(drawing: Drawing, draw: () => A): A => {
  const around = current
  current = drawing
  try {
    return draw()
  } finally {
    current = around
  }
}

/** Drawing functions are synchronous, so one drawing is current at a time. */
let current: Drawing | undefined

/** The origin of a new step. */
export const origin = (name: string): Origin => {
  const made = { name, drawing: current }
  current?.origins.push(made)
  return made
}
