/**
 * What the fibers of one synchronous call have left to do. No timer fires during the call, so the limits in time of its runs are
 * looked at between two tasks.
 */
import * as Scheduler from "effect/Scheduler"
import * as Limits from "../../internal/Limits.ts"

/** The tasks of one synchronous call, in order of priority. */
export class SyncDispatcher implements Limits.SharedDispatcher {
  readonly limits = new Limits.SharedLimits()
  private readonly tasks = new Scheduler.MixedScheduler("sync").makeDispatcher()
  private ran = 0

  scheduleTask(task: () => void, priority: number): void {
    this.tasks.scheduleTask(() => {
      if (this.ran++ % betweenLooks === 0) this.limits.expireDue()
      task()
    }, priority)
  }

  flush(): void {
    this.tasks.flush()
  }
}

/** Tasks from one look at the limits to the next. */
const betweenLooks = 8
