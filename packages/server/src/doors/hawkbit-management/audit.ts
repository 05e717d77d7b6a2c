/** Who made a row, where nobody of the tenant did: the word of hawkBit for a device that joined by itself. */
const NOBODY = 'CONTROLLER_PLUG_AND_PLAY';

type Audited = {
  readonly created_at: number;
  readonly created_by: string;
  readonly changed_at: number;
  readonly changed_by: string;
};

/** The four facts that every entity shows. */
export function auditOf({ created_at, created_by, changed_at, changed_by }: Audited) {
  const createdBy = created_by === '' ? NOBODY : created_by;
  const isChanged = changed_at !== 0;
  return {
    createdBy,
    createdAt: created_at,
    lastModifiedBy: isChanged ? changed_by : createdBy,
    lastModifiedAt: isChanged ? changed_at : created_at,
  };
}
