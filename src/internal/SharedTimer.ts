/**
 * One timer of Node for all that ends after the same time. What begins later ends later, so the first of the list is always
 * the next to end: 10,000 runs with one limit arm one timer.
 *
 * 1. Nothing expires before a timer of its own would. All expire in the order in which they began.
 * 2. A list without members holds no timer, so it keeps no process alive.
 */

/** What expires when its time has passed. It stands in one list at most. */
export abstract class Timed {
  /** Its neighbours in the list, the older one first. */
  older: Timed | undefined = undefined
  younger: Timed | undefined = undefined
  list: SameTime | undefined = undefined
  due = 0

  abstract expire(): void
}

/** Calls `expire` of `one` after `millis`, unless it is removed before. The most is `longest`. */
export const add = (one: Timed, millis: number): void => {
  let list = lists.get(millis)
  if (list === undefined) lists.set(millis, list = new SameTime(millis))
  list.add(one)
}

/** Does nothing where `one` has expired, or was never added. */
export const remove = (one: Timed): void => one.list?.remove(one)

/** Milliseconds. `setTimeout` overflows beyond. */
export const longest = 2 ** 31 - 1

const lists = new Map<number, SameTime>()

/** All that ends after the same time. */
class SameTime {
  private readonly millis: number
  private oldest: Timed | undefined = undefined
  private youngest: Timed | undefined = undefined
  private timer: NodeJS.Timeout | undefined = undefined
  /** When the timer ends. */
  private next = 0
  private isExpiring = false

  constructor(millis: number) {
    this.millis = millis
  }

  add(one: Timed): void {
    one.list = this
    // A whole number is kept in the object itself.
    one.due = Math.ceil(performance.now() + this.millis)
    one.older = this.youngest
    if (this.youngest === undefined) this.oldest = one
    else this.youngest.younger = one
    this.youngest = one
    if (this.timer === undefined && !this.isExpiring) this.arm(one.due, this.millis)
  }

  remove(one: Timed): void {
    if (one.older === undefined) this.oldest = one.younger
    else one.older.younger = one.younger
    if (one.younger === undefined) this.youngest = one.older
    else one.younger.older = one.older
    one.older = one.younger = one.list = undefined
    if (!this.isExpiring) this.endIfEmpty()
  }

  private arm(due: number, millis: number): void {
    this.next = due
    this.timer = setTimeout(this.expire, millis)
  }

  private endIfEmpty(): void {
    if (this.oldest !== undefined) return
    clearTimeout(this.timer)
    lists.delete(this.millis)
  }

  private readonly expire = (): void => {
    this.timer = undefined
    this.isExpiring = true
    // The clock of timers is not quite this one.
    const now = Math.max(this.next, performance.now())
    try {
      while (this.oldest !== undefined && this.oldest.due <= now) {
        const one = this.oldest
        this.remove(one)
        one.expire()
      }
    } finally {
      this.isExpiring = false
      if (this.oldest === undefined) this.endIfEmpty()
      else this.arm(this.oldest.due, Math.max(1, this.oldest.due - now))
    }
  }
}
