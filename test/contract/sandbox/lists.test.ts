import { describe, expect, it } from 'vitest'
import { startWorld } from './world.ts'

describe('lists of the sandbox', () => {
  it('are late: births, changes and deaths show only after a while', async () => {
    const world = await startWorld({ listDelayMs: 3_000 })
    const keys = `/organization/projects/${world.project}/api_keys`
    const { id } = await world.mint()
    await world.admin('POST', `${keys}/${world.old.id}`, { expires_in_seconds: 1_000 })
    const early = await world.admin('GET', keys)
    expect(early.json.data).toMatchObject([{ id: world.old.id, expires_at: null }])
    world.sandbox.advance(3_000)
    const late = await world.admin('GET', keys)
    expect(late.json.data).toMatchObject([{ id: world.old.id, expires_at: expect.any(Number) }, { id }])
    await world.admin('DELETE', `${keys}/${world.old.id}`)
    expect(await world.listed()).toEqual([world.old.id, id])
    world.sandbox.advance(3_000)
    expect(await world.listed()).toEqual([id])
  })

  it('come in pages of twenty, or as many as asked for', async () => {
    const world = await startWorld()
    const ids = [world.old.id, ...Array.from({ length: 24 }, () => world.sandbox.addKey({ serviceAccount: world.account }).id)]
    const keys = `/organization/projects/${world.project}/api_keys`
    const first = await world.admin('GET', keys)
    expect(first.json).toMatchObject({ has_more: true, first_id: ids[0], last_id: ids[19] })
    const second = await world.admin('GET', `${keys}?after=${first.json.last_id}`)
    expect(second.json).toMatchObject({ has_more: false, last_id: ids[24] })
    expect([...first.json.data, ...second.json.data].map((key) => key.id)).toEqual(ids)
    expect((await world.admin('GET', `${keys}?limit=7`)).json.data).toHaveLength(7)
    expect((await world.admin('GET', `${keys}?limit=${ids.length}`)).json.has_more).toBe(false)
    for (const wrong of ['limit=0', 'limit=101', 'limit=x', 'after=key_nowhere', 'owner_project_access=all']) {
      expect((await world.admin('GET', `${keys}?${wrong}`)).status, wrong).toBe(400)
    }
  })

  it('leave some enabled keys out unless every kind of ownership is asked for', async () => {
    const world = await startWorld()
    const left = world.sandbox.addKey({ ownerAccess: 'inactive' })
    const hidden = world.sandbox.addKey({ hidden: true })
    const ids = async (query: string) =>
      (await world.admin('GET', `/organization/projects/${world.project}/api_keys${query}`)).json.data.map((key: { id: string }) => key.id)
    expect(await world.works(left.value)).toBe(true)
    expect(await ids('')).toEqual([world.old.id])
    expect(await ids('?owner_project_access=active')).toEqual([world.old.id, hidden.id])
    expect(await ids('?owner_project_access=inactive')).toEqual([left.id])
    expect(await ids('?owner_project_access=any')).toEqual([world.old.id, left.id, hidden.id])
  })

  it('show the last use late and rounded down', async () => {
    const world = await startWorld({ lastUsedLagMs: 5_000, lastUsedGranularityMs: 60_000 })
    const lastUsed = async () => (await world.admin('GET', `/organization/projects/${world.project}/api_keys/${world.old.id}`)).json.last_used_at
    expect(await lastUsed()).toBeNull()
    world.sandbox.advance(90_000)
    await world.works(world.old.value)
    expect(await lastUsed()).toBeNull()
    const used = world.sandbox.now()
    world.sandbox.advance(5_000)
    expect(await lastUsed()).toBe((used - 30_000) / 1_000)
  })
})
