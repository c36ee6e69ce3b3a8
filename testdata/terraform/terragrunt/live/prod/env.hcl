locals { 
 name = "prod" 
}
