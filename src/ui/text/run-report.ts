/** `runs report`: one run as a Markdown document. What happened, what the old key did meanwhile, what a person still has to do. */
import { printable } from '../../domain/printable.ts'
import type { RunStory, StoryKey, StoryMoment, StoryWhat } from '../../domain/story.ts'
import { cleanUpLines, type CleanUp } from './clean-up.ts'
import { exposureLines, type ExposureFacts } from './exposure.ts'
import { code, exactly, grid, heading, items } from './markdown.ts'
import { lasted } from './time.ts'

export interface RunReportFacts {
  readonly story: RunStory
  readonly exposure: ExposureFacts
  readonly cleanUp: CleanUp
}

export function runReportLines({ story, exposure, cleanUp }: RunReportFacts): string[] {
  return [
    ...heading(1, `${TITLES[story.kind]}: ${printable(story.credential)}${story.run === null ? '' : `, run ${printable(story.run)}`}`),
    ...grid(['what', ''], summaryRows(story)),
    ...heading(2, 'Timeline'),
    ...timelineLines(story),
    ...heading(2, story.kind === 'incident' ? 'What the leaked key did' : 'What the old key did'),
    ...exposureLines(story, exposure),
    ...heading(2, 'Left to do by people'),
    ...cleanUpLines(story, cleanUp),
    ...(story.missing.length === 0 ? [] : heading(2, 'What this report cannot say')),
    ...items(story.missing),
  ]
}

const TITLES: Record<RunStory['kind'], string> = { incident: 'Incident', rotation: 'Rotation', rollback: 'Rollback' }

const OUTCOMES: Record<RunStory['outcome'], string> = {
  done: 'done',
  'rolled-back': 'rolled back: the old key is in use again',
  failed: 'failed; nothing changed, or everything was put back',
  parked: '**unfinished**: something is wanted',
  waiting: 'waiting, nothing is wanted yet',
  unfinished: '**unfinished**: it was stopped on the way, or goes on now',
  unknown: '**not known**',
}

function summaryRows(story: RunStory): string[][] {
  const { declaredAt, startedAt, dead } = story
  const begin = declaredAt ?? startedAt
  const seen = dead?.seen === 'refused' ? 'seen refused' : 'absent from two complete listings (weaker than refused)'
  return [
    ['outcome', `${OUTCOMES[story.outcome]}${story.outcomeCode === null ? '' : ` (${code(story.outcomeCode)})`}`],
    [story.kind === 'incident' ? 'leaked key' : 'old key', keyWords(story.oldKey)],
    ['new key', keyWords(story.newKey)],
    ['begun', begin === null ? 'not known' : `${exactly(begin)}${story.by === null ? '' : `, confirmed by ${story.by === 'flag' ? 'flags' : 'a person'}`}`],
    ...(story.reason === null ? [] : [['reason', code(story.reason)]]),
    ['old key dead', dead === null ? '**not seen**' : `${exactly(dead.at)}, ${seen}`],
    ...(begin === null || dead === null ? [] : [['from begin to death', lasted(dead.at - begin)]]),
    ...(story.left.length === 0 ? [] : [['targets left behind', story.left.map((name) => code(name)).join(', ')]]),
  ]
}

function keyWords(key: StoryKey | null): string {
  if (key === null) return 'not known'
  const parts = [
    key.id === null ? '' : code(key.id),
    key.name === null ? '' : code(key.name),
    key.fingerprint === null ? '' : `fingerprint ${code(key.fingerprint)}`,
  ]
  return parts.filter((part) => part !== '').join(', ') || 'not known'
}

const WHAT: Record<StoryWhat, string> = {
  started: 'the run began',
  declared: 'incident declared',
  contained: 'the leaked key got a near end at the provider',
  released: 'the end of the leaked key was moved out again',
  minted: 'new key made',
  pasted: 'new key given by a person',
  abandoned: 'a new key was given up',
  staged: 'new key put into the fallback slot',
  verified: 'new key proven by live calls',
  committed: 'new key got its full life',
  promoted: 'new key in use',
  reloaded: 'consumers took it up',
  left: 'went on without this target',
  stopped: '**the whole project was stopped**',
  'started-again': 'the project was started again',
  'deletion-sent': 'deletion of the old key sent',
  refused: '**old key seen refused**',
  unlisted: '**old key absent from two complete listings**',
  settled: 'fallback slot cleared',
  swept: 'a left-over key deleted',
  answered: 'an item of the warrant was answered',
  waived: 'an item of the warrant was waived',
  waiting: 'paused',
  parked: 'stopped; something is wanted',
  failed: 'failed',
  'rolled-back': 'rolled back',
  done: 'the run was done',
}

function timelineLines({ moments, declaredAt, startedAt }: RunStory): string[] {
  const zero = declaredAt ?? startedAt
  if (zero === null) return items(['nothing is on record'])
  return grid(
    ['time', 'after', 'what', 'where'],
    moments.map((moment) => [
      exactly(moment.at),
      moment.at < zero ? 'before' : `+${lasted(moment.at - zero)}`,
      whatWords(moment),
      moment.target === null ? '' : code(moment.target),
    ]),
  )
}

function whatWords({ what, key, note }: StoryMoment): string {
  const more = [key === null ? '' : code(key), note === null ? '' : what === 'declared' ? `by ${note === 'flag' ? 'flags' : 'a person'}` : code(note)]
  return [WHAT[what], ...more].filter((part) => part !== '').join(', ')
}
