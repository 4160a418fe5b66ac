import "./index.css";
import { panel } from "../base/panel.jsx";
import { App } from "./app.jsx";

export default panel(App);
