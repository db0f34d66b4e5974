/** A program by hand loads nothing. */
export const nothing = undefined
