/** `runs report --json`, a promise as all of docs/json-output.md. */
import type { RunStory } from '../domain/story.ts'
import type { CleanUp } from './text/clean-up.ts'
import type { ExposureFacts } from './text/exposure.ts'
import { stamp } from './text/time.ts'

export function storyJson(story: RunStory, exposure: ExposureFacts, cleanUp: CleanUp): unknown {
  return {
    ...story,
    startedAt: stamp(story.startedAt),
    declaredAt: stamp(story.declaredAt),
    dead: story.dead === null ? null : { at: stamp(story.dead.at), seen: story.dead.seen },
    moments: story.moments.map((moment) => ({ ...moment, at: stamp(moment.at) })),
    exposure: exposure.is === 'read' ? { is: 'read', ...exposureJson(exposure.exposure) } : exposure,
    leaked: cleanUp.leaked,
    siblings: cleanUp.siblings,
    purgeFile: cleanUp.purgeFile,
  }
}

function exposureJson(exposure: Extract<ExposureFacts, { is: 'read' }>['exposure']) {
  return {
    ...exposure,
    from: stamp(exposure.from),
    until: stamp(exposure.until),
    events: exposure.events.map((event) => ({ ...event, at: stamp(event.at) })),
  }
}
