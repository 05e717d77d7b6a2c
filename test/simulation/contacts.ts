import { lastPoll, type Member } from './members.ts';
import type { SimulatedStore } from './simulated-store.ts';

/**
 * Writes when devices were in contact last, for those of which it is to be judged whether they are silent: what is due
 * now, or a member of a phase that is swept now. Nobody else reads it.
 */
export function bringContacts(simulated: SimulatedStore, members: ReadonlyMap<number, Member>): void {
  const { clock, run } = simulated;
  const judged = run<{ device: number }>(
    `select device from attempt where next_at <= ?1
     union select a.device from phase p join rollout r on r.id = p.rollout
       join assignment a on a.rollout = p.rollout and a.phase = p.number and a.ended_at is null
       where p.next_at <= ?1 and p.state = 'started' and r.state = 'running'`,
    clock.now,
  );
  if (judged.length === 0) return;
  const rows = judged.flatMap(({ device }) => {
    const member = members.get(device);
    const at = member === undefined ? 0 : contactAt(member, clock.now);
    return at === 0 ? [] : [[device, at]];
  });
  run(
    `insert into contact (device, at) select value ->> 0, value ->> 1 from json_each(?1) where true
     on conflict (device) do update set at = excluded.at where excluded.at > contact.at`,
    JSON.stringify(rows),
  );
}

function contactAt(member: Member, now: number): number {
  return member.life === 'idle' ? Math.max(member.heardAt, lastPoll(member, now)) : member.heardAt;
}
