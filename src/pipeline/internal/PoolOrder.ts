/**
 * In which order pools are entered. Two effects that each hold a place which the other one waits for would wait for ever,
 * so pools are entered in one order: once a place of `b` was taken inside of one of `a`, none of `a` may be taken inside of
 * one of `b`. The first effect that tries is refused, whether the other one runs at the moment or not.
 */
export class PoolOrder {
  readonly name: string
  /** Pools that were made earlier have smaller ones. */
  readonly number = count++
  private readonly known = new WeakSet<PoolOrder>()
  /** The pools that were entered while a place of this one was held. A pool that nothing else knows may go. */
  private inside: Array<WeakRef<PoolOrder>> = []

  constructor(name: string) {
    this.name = name
  }

  /** Notes that `inner` is entered inside of this pool. `false` where the opposite order was noted before. */
  note(inner: PoolOrder): boolean {
    if (this.known.has(inner)) return true
    if (inner.leadsTo(this)) return false
    this.known.add(inner)
    this.inside = this.inside.filter((one) => one.deref() !== undefined)
    this.inside.push(new WeakRef(inner))
    return true
  }

  private leadsTo(other: PoolOrder): boolean {
    const seen = new Set<PoolOrder>([this])
    for (const pool of seen) {
      if (pool === other) return true
      for (const one of pool.inside) {
        const inner = one.deref()
        if (inner !== undefined) seen.add(inner)
      }
    }
    return false
  }
}

let count = 0
