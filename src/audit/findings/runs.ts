/** Runs that are under way, and what is stored of them. */
import { DAY, type Ms } from '../../domain/duration.ts'
import { days, when, type FindingKind } from '../finding.ts'

/** An open run is in good time for this long beyond its overlap and quiet time. */
const PATIENCE: Ms = 7 * DAY

export const openRun: FindingKind = {
  code: 'open-run',
  severity: 'warning',
  title: 'a rotation is under way',
  why: 'Half a rotation is safe, for both keys live. But the old key lives until it is finished.',
  mend: { words: 'go on with it once its overlap is over, or leave it to rotate --due', command: 'keyrot rotate NAME' },
  credential: ({ situation, openSince, now, policy }) =>
    when(situation === 'open', () => {
      const open = openSince === null ? null : now - openSince
      const late = open === null || open > policy.overlap + policy.quiet + PATIENCE
      return {
        severity: late ? 'warning' : 'info',
        message: open === null ? 'a run is open, and nothing shows since when' : `a run is open for ${days(open)}${late ? '' : ', in good time'}`,
      }
    }),
}

export const parkedRun: FindingKind = {
  code: 'parked-run',
  severity: 'warning',
  title: 'a run has stopped, and something is wanted',
  why: 'It will not go on by itself. Both keys are alive until it does.',
  mend: { words: 'do what its code asks for (docs/codes.md), then go on with it', command: 'keyrot resume NAME' },
  recordOnly: true,
  credential: ({ situation, run, tale }) =>
    when(situation === 'open' && run !== null && run.parked !== null, () => ({
      message: `the run has stopped and something is wanted (${run?.parked?.code ?? ''})${tale === null || tale.tries < 2 ? '' : `, after ${tale.tries} tries`}`,
      evidence: { run: run?.id ?? null, code: run?.parked?.code ?? null, tries: tale?.tries ?? null, lastCode: tale?.lastCode ?? null },
    })),
}

export const stateDamaged: FindingKind = {
  code: 'state-damaged',
  severity: 'warning',
  title: 'the stored record is damaged',
  why: 'It is only an index: what it said is concluded from the targets and the provider, at the price of time or one more key. But something damages files there.',
  mend: { words: 'look after the disk; the next run writes it anew', command: 'keyrot rotate NAME' },
  recordOnly: true,
  credential: ({ record }) => when(record === 'damaged', () => ({ message: 'the stored record is damaged; the next run rebuilds it from what it sees' })),
}

export const stateMissing: FindingKind = {
  code: 'state-missing',
  severity: 'info',
  title: 'no record is stored here',
  why: 'Normal on a machine that starts empty each time. What is shown is concluded from the targets and the provider; what only the record knows is not.',
  mend: { words: 'give the config a state store (docs/state.md), or let the next run on this machine write one', command: 'keyrot rotate NAME' },
  recordOnly: true,
  credential: ({ record, generation, situation }) =>
    when(record === 'absent' && (generation > 0 || situation === 'open'), () => ({
      message: 'no record is stored here; what is shown was concluded from the targets and the provider',
    })),
}
