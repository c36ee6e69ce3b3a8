locals { 
 name = "dev" 
}
