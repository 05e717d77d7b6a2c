import { lastPoll, type Member } from './members.ts';
import type { SimulatedStore } from './simulated-store.ts';

/**
 * Writes when devices were in contact last, for those of which it is to be judged whether they are silent: what is due
 * now, or a member of a phase that is swept now. Nobody else reads it.
 */
export function bringContacts(simulated: SimulatedStore, members: ReadonlyMap<number, Member>): void {
  const { clock, run } = simulated;
  const judged = [
    ...run<{ device: number }>('select device from attempt where next_at <= ?', clock.now),
    ...run<{ rollout: number; number: number }>(
      `select p.rollout, p.number from phase p join rollout r on r.id = p.rollout
       where p.next_at <= ? and p.state = 'started' and r.state = 'running'`,
      clock.now,
    ).flatMap(({ rollout, number }) =>
      run<{ device: number }>(
        'select device from assignment where rollout = ? and phase = ? and ended_at is null',
        rollout,
        number,
      ),
    ),
  ];
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
