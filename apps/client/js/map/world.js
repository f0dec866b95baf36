// Places on the map: Web Mercator, the world 1 wide, and what lies too close to be told apart.

export const mercatorX = (lon) => (lon + 180) / 360;
export const mercatorY = (lat) => 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
export const worldOf = ({ lat, lon }) => [mercatorX(lon), mercatorY(lat)];
/** Metres to the world's width, at a latitude. */
export const metres = (m, lat) => m / (40075016.7 * Math.cos((lat * Math.PI) / 180));

/** Each job joins the first cluster within `radius` whose leader is at least as bad. */
export function gather(jobs, radius, alone) {
  const grid = new Map();
  const list = [];
  const square = (n) => Math.floor(n / radius);
  for (const job of jobs) {
    if (job.id === alone) continue;
    const [column, row] = [square(job.x), square(job.y)];
    let joined = false;
    for (let c = column - 1; c <= column + 1 && !joined; c += 1) {
      for (let r = row - 1; r <= row + 1 && !joined; r += 1) {
        const near = grid.get(`${c},${r}`)?.find((other) => Math.hypot(other.x - job.x, other.y - job.y) < radius);
        if (near) {
          near.members.push(job);
          joined = true;
        }
      }
    }
    if (joined) continue;
    const leader = { ...job, members: [job] };
    const cell = grid.get(`${column},${row}`);
    if (cell) cell.push(leader);
    else grid.set(`${column},${row}`, [leader]);
    list.push(leader);
  }
  return list.map((leader) => (leader.members.length > 1 ? leader : leader.members[0]));
}
