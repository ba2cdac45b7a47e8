/** The shared contract against a Vercel: the one the environment names, else the sandbox. */
import type { Site } from './vercel-harness.ts'
import { freshVariable, vercelSite } from './vercel-harness.ts'
import { describeTarget, type Harness } from './target-contract.ts'

interface Entry {
  readonly id: string
  readonly key: string
  readonly type: string
  readonly target: readonly string[]
  readonly comment?: string
}

async function harness(settings: Record<string, unknown>): Promise<Harness> {
  const site = await vercelSite()
  const [variable, foreign] = [freshVariable(), freshVariable()]
  const env = `/v10/projects/${site.project}/env`
  const entries = async (): Promise<readonly Entry[]> => (await site.call('GET', env)).envs
  const ours = async (): Promise<Entry | undefined> => (await entries()).find(({ key }) => key === variable)
  await site.call('POST', env, { key: foreign, value: 'theirs', type: 'plain', target: ['production'], comment: 'not ours' })
  return {
    target: site.connect({ variable, ...settings }),
    // not by the code under test: the entry of somebody else, and of ours what a person has written into its comment
    others: async () => {
      const all = await entries()
      const [theirs] = all.filter(({ key }) => key === foreign)
      const words = all.find(({ key }) => key === variable)?.comment ?? ''
      return { theirs, words: words.replace(/ ?\[keyrot [^\]]*\]/, '') }
    },
    editOthers: () => editComment(site, ours),
    setCurrent: async (value) => void (await site.call('PATCH', `/v9/projects/${site.project}/env/${(await ours())?.id}`, { value })),
    cleanup: async () => {
      for (const { id } of (await entries()).filter(({ key }) => [variable, foreign].includes(key)))
        await site.call('DELETE', `/v9/projects/${site.project}/env/${id}`)
      await site.close()
    },
  }
}

/** A person writes in front of the mark. */
async function editComment(site: Site, ours: () => Promise<Entry | undefined>): Promise<void> {
  const entry = await ours()
  await site.call('PATCH', `/v9/projects/${site.project}/env/${entry?.id}`, { comment: `asked for by finance ${entry?.comment ?? ''}` })
}

describeTarget('vercel, readable', () => harness({}))
describeTarget('vercel, readable in several environments', () => harness({ environments: ['development', 'preview', 'production'] }))
describeTarget('vercel, sensitive', () => harness({ visibility: 'sensitive', environments: ['production', 'preview'] }))
describeTarget('vercel, previews of one branch, redeployed by hand', () => harness({ environments: ['preview'], gitBranch: 'feature', redeploy: 'none' }))
