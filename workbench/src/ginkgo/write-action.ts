import type { Action } from './actions.ts';
import type { CallWriter } from './call-writer.ts';
import type { Statement } from './statements.ts';
import { writeCall } from './write-call.ts';
import { writePoll } from './write-poll.ts';
import { writeUpdate } from './write-update.ts';
import { writeWatch } from './write-watch.ts';

/** Writes what a test did as statements. */
export function writeAction(action: Action, writer: CallWriter): Statement[] {
  switch (action.type) {
    case 'call':
      return writeCall(action.call, writer);
    case 'update':
      return writeUpdate(action.read, action.write, writer);
    case 'poll':
      return writePoll(action.call, action.before, writer);
    case 'watch':
      return writeWatch(action.call, () => action.during.flatMap((one) => writeAction(one, writer)), writer);
  }
}
