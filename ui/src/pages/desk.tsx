import { Tiles } from "../parts/tile.tsx";

export default function Desk() {
  return <Tiles>{null}</Tiles>;
}
